import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { loadCrds } from "../../../../components/crds/crdManifests";
import { recallManifest } from "../../../../components/crds/manifestStore";
import { crdManifest } from "../../../support/components";

describe("the CRDs of a release", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-crds-"));
  after(() => fs.rmSync(folder, { recursive: true }));

  const render = (): Promise<never> => Promise.reject(new Error("no chart is rendered"));
  const load = async (...texts: string[]) => {
    const files = texts.map((text, index) => {
      const file = path.join(folder, `${index}.yaml`);
      fs.writeFileSync(file, text);
      return file;
    });
    return (await loadCrds({ crds: { bundle: { files } } }, render))["bundle"] ?? [];
  };
  const { metadata, spec } = crdManifest("things.example.com");
  const versions = [...spec.versions, { name: "v0", served: false, storage: false }];
  const annotations = { "example.com/version": "v1", "helm.sh/resource-policy": "keep" };
  const whole = {
    kind: "CustomResourceDefinition",
    metadata: { ...metadata, annotations, creationTimestamp: null },
    spec: { ...spec, versions },
    status: {},
  };

  it("have the versions that are served, and no annotation for Helm", async () => {
    const [crd] = await load(stringify({ kind: "ConfigMap" }) + "---\n" + stringify(whole));
    assert.deepEqual(
      { ...crd, digest: "" },
      { name: "things.example.com", annotations: { "example.com/version": "v1" }, served: ["v1"], digest: "" },
    );
  });

  it("are in the store as a whole, without what only the API server writes", async () => {
    const [crd] = await load(stringify(whole));
    assert.deepEqual(recallManifest(crd?.digest ?? ""), {
      metadata: { name: "things.example.com", labels: {}, annotations: { "example.com/version": "v1" } },
      spec: { ...spec, versions },
    });
  });

  it("have the same address whatever their order and format, and another with another field", async () => {
    const address = async (text: string) => (await load(text))[0]?.digest;
    const first = await address(stringify(whole));
    const turned = Object.fromEntries(Object.entries(whole).reverse());
    assert.equal(await address(`# A comment.\n${JSON.stringify(turned)}`), first);
    assert.notEqual(await address(stringify({ ...whole, spec: { ...spec, preserveUnknownFields: false } })), first);
  });

  it("are read again when the store has lost one", async () => {
    const text = stringify({ ...whole, metadata: { name: `things${process.pid}.example.com` } });
    const [crd] = await load(text);
    const { digest = "" } = crd ?? {};
    const store = path.resolve(__dirname, "../../../../node_modules/.cache/llmd-crds");
    fs.rmSync(path.join(store, `${digest.replace(":", "-")}.json`));
    assert.throws(
      () => recallManifest(digest),
      /does not hold the CRD of this preview any more\. Run the same command/,
    );
    assert.deepEqual(await load(text), [crd]);
    assert.ok(recallManifest(digest));
  });

  it("are all read before one error names everything that is wrong", async () => {
    const file = path.join(folder, "other.yaml");
    fs.writeFileSync(file, "kind: ConfigMap\n");
    const crds = { none: { files: [file] }, rendered: { chart: "oci://x", version: "1" } };
    await assert.rejects(loadCrds({ crds }, render), /CRDs none: it has no CRD\n {2}- CRDs rendered: no chart is/);
  });
});
