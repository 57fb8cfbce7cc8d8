import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as k8s from "@kubernetes/client-node";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { OWNER_ANNOTATION } from "../../components/cluster/owner";
import { kept } from "../../components/crds/crdManifests";
import { CrdProvider, CustomResourceDefinition } from "../../components/crds/customResourceDefinition";
import type { Manifest } from "../../components/crds/manifestStore";
import { ClusterStack } from "../support/clusterStack";
import { Definitions } from "../support/definitions";
import type { TestEnvironment } from "../support/environment";
import { sharedEnvironment } from "../support/shared";

const GROUP = "definitions.example.com";
const NAME = `widgets.${GROUP}`;
const OWNER = "llm-d/definitions";

/** A definition with these fields in its spec, of one version or two. */
function widgets(fields: readonly string[], versions: readonly string[] = ["v1"]): Manifest {
  const properties = Object.fromEntries(fields.map((field) => [field, { type: "string", description: "A field." }]));
  const openAPIV3Schema = { type: "object", properties: { spec: { type: "object", properties } } };
  return {
    metadata: { name: NAME },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema },
      })),
    } as Manifest["spec"],
  };
}

describe("custom resource definitions whose schemas are not in the state", function () {
  this.timeout(300_000);
  let environment: TestEnvironment;
  let definitions: Definitions;
  let stack: ClusterStack;
  /** What the next run makes. */
  let manifest = widgets(["size"]);
  let official = true;

  const program = (): Promise<void> => {
    const cluster = {
      kubeconfig: pulumi.secret(fs.readFileSync(environment.state.kubeconfig, "utf8")),
      clusterIdentifier: "test",
    };
    const provider = new kubernetes.Provider("cluster", cluster);
    if (official) {
      const metadata = { ...manifest.metadata, annotations: { [OWNER_ANNOTATION]: OWNER } };
      const spec = manifest.spec as unknown as kubernetes.types.input.apiextensions.v1.CustomResourceDefinitionSpec;
      new kubernetes.apiextensions.v1.CustomResourceDefinition(NAME, { metadata, spec }, { provider });
    } else {
      const crds = new CrdProvider("cluster-crds", cluster);
      for (const crd of kept([manifest])) {
        new CustomResourceDefinition(NAME, { ...crd, owner: OWNER }, { provider: crds });
      }
    }
    return Promise.resolve();
  };
  const live = () => definitions.api.readCustomResourceDefinition({ name: NAME });
  const fieldsOf = ({ spec }: k8s.V1CustomResourceDefinition): string[] =>
    Object.keys(spec.versions[0]?.schema?.openAPIV3Schema?.properties?.["spec"]?.properties ?? {});

  before(async () => {
    environment = await sharedEnvironment();
    definitions = new Definitions(environment);
    stack = await ClusterStack.open("definitions", "Pulumi.openshift.yaml", environment, {}, program);
  });
  after(() => stack.remove());

  it("move over from the official resource in place: no definition and no object of its kind is deleted", async () => {
    await stack.up();
    const before = await live();
    const objects = environment.kubeconfig.makeApiClient(k8s.CustomObjectsApi);
    const kind = { group: GROUP, version: "v1", namespace: "default", plural: "widgets" };
    const body = { apiVersion: `${GROUP}/v1`, kind: "Widget", metadata: { name: "one" }, spec: { size: "s" } };
    const widget = (await objects.createNamespacedCustomObject({ ...kind, body })) as k8s.KubernetesObject;

    official = false;
    const { changed } = await stack.up();
    assert.deepEqual(
      changed.filter((change) => /^(delete|replace)/.test(change)),
      [],
    );
    assert.ok(
      changed.some((change) => /^update .*llmd-crds:index:CustomResourceDefinition/.test(change)),
      changed.join(),
    );
    assert.equal((await live()).metadata?.uid, before.metadata?.uid);
    const after = (await objects.getNamespacedCustomObject({ ...kind, name: "one" })) as k8s.KubernetesObject;
    assert.equal(after.metadata?.uid, widget.metadata?.uid);
  });

  it("have no change in the next preview, and no schema in the state", async () => {
    assert.deepEqual((await stack.preview()).changed, []);
    assert.doesNotMatch(await stack.state(), /openAPIV3Schema|A field\./);
  });

  it("show in a preview which versions and fields another release adds and drops, and get exactly these", async () => {
    manifest = widgets(["colour"], ["v1", "v2"]);
    const { text, changed } = await stack.preview();
    assert.match(text, /v1 adds spec\.colour; drops spec\.size/);
    assert.match(text, /v2 is new/);
    assert.equal(changed.length, 1, changed.join());
    assert.deepEqual(fieldsOf(await live()), ["size"]);
    await stack.up();
    // The official provider had set the field that is gone.
    assert.deepEqual(fieldsOf(await live()), ["colour"]);
  });

  it("are set again by an up with a refresh after somebody has changed them", async () => {
    const body = [{ op: "replace", path: "/spec/versions/1/served", value: false }];
    await definitions.api.patchCustomResourceDefinition({ name: NAME, body });
    assert.match((await stack.preview({ refresh: true })).changed.join("\n"), /update .*digest/);
    await stack.up({ refresh: true });
    assert.deepEqual(
      (await live()).spec.versions.map(({ served }) => served),
      [true, true],
    );
    const { changed } = await stack.preview({ refresh: true });
    assert.deepEqual(
      changed.filter((change) => !change.startsWith("refresh ")),
      [],
    );
  });

  it("leave the state, and are not deleted, once they belong to somebody else", async () => {
    const body = [
      { op: "replace", path: `/metadata/annotations/${OWNER_ANNOTATION.replace("/", "~1")}`, value: "b/b" },
    ];
    await definitions.api.patchCustomResourceDefinition({ name: NAME, body });
    assert.match(
      await stack.refusal("up", { refresh: true }),
      /widgets\S+ exists already and was not made by this stack/,
    );
    const back = [{ ...body[0], value: OWNER }];
    await definitions.api.patchCustomResourceDefinition({ name: NAME, body: back });
    await stack.up();
  });

  it("are deleted by a destroy with every object of their kind", async () => {
    await stack.destroy();
    await assert.rejects(live(), /404/);
  });

  it("are deleted by a destroy that runs the program before they have moved over", async () => {
    official = true;
    await stack.up();
    official = false;
    await stack.destroy({ runProgram: true });
    await assert.rejects(live(), /404/);
    assert.ok(await stack.isEmpty());
  });
});
