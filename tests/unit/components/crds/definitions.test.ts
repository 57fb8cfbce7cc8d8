import * as assert from "node:assert/strict";
import type { ApiAnswer, ApiRequest, AskApi } from "../../../../components/cluster/rawApi";
import { OWNER_ANNOTATION } from "../../../../components/cluster/owner";
import {
  applyDefinition,
  checkOwner,
  deleteDefinition,
  type LiveDefinition,
} from "../../../../components/crds/provider/definitions";
import { crdManifest, OWNER } from "../../../support/components";

const NAME = "gateways.gateway.networking.k8s.io";
const MANIFEST = crdManifest(NAME);
const ESTABLISHED = { conditions: [{ type: "Established", status: "True" }] };

/** A definition as the API server has it. */
function live(owner: string | undefined, more: Partial<LiveDefinition["metadata"]> = {}): LiveDefinition {
  const annotations: Record<string, string> = owner === undefined ? {} : { [OWNER_ANNOTATION]: owner };
  const metadata = { name: NAME, generation: 1, resourceVersion: "7", annotations, ...more };
  return { metadata, spec: MANIFEST.spec, status: ESTABLISHED };
}

/** An API server with one definition. `answer` may answer before it. */
function server(found?: LiveDefinition, answer?: (sent: ApiRequest) => ApiAnswer | undefined) {
  const sent: { readonly path: string; readonly type: string; readonly body: unknown }[] = [];
  let there = found;
  const ask: AskApi = (path, request = {}) => {
    const { method = "GET", headers = {}, body } = request;
    const type = headers["content-type"] ?? "";
    if (method !== "GET") sent.push({ path, type, body: body === undefined ? method : (JSON.parse(body) as unknown) });
    const other = answer?.(request);
    if (other !== undefined) return Promise.resolve(other);
    if (method === "DELETE") there = undefined;
    if (type === "application/apply-patch+yaml") there = live(OWNER, { generation: 2 });
    return Promise.resolve(
      there === undefined ? { status: 404, text: "" } : { status: 200, text: JSON.stringify(there) },
    );
  };
  return { ask, sent };
}

describe("a custom resource definition in the cluster", () => {
  it("is set as a whole, with its owner's name", async () => {
    const { ask, sent } = server();
    assert.equal((await applyDefinition(ask, MANIFEST, OWNER)).metadata.generation, 2);
    assert.deepEqual(sent, [
      {
        path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${NAME}?fieldManager=pulumi-llmd-crds&force=true`,
        type: "application/apply-patch+yaml",
        body: {
          apiVersion: "apiextensions.k8s.io/v1",
          kind: "CustomResourceDefinition",
          metadata: { name: NAME, annotations: { [OWNER_ANNOTATION]: OWNER } },
          spec: MANIFEST.spec,
        },
      },
    ]);
  });

  it("takes over the fields that the official provider has set, so that a later release can drop them", async () => {
    const managedFields = [
      { manager: "kube-apiserver", operation: "Update" },
      { manager: "pulumi-kubernetes-8b6ee7ad", operation: "Apply" },
    ];
    const { ask, sent } = server(live(OWNER, { managedFields }));
    await applyDefinition(ask, MANIFEST, OWNER);
    assert.deepEqual(sent[0]?.body, [
      { op: "test", path: "/metadata/resourceVersion", value: "7" },
      { op: "replace", path: "/metadata/managedFields/1/manager", value: "pulumi-llmd-crds" },
    ]);
    assert.equal(sent.length, 2);
  });

  it("is never taken from another owner", async () => {
    for (const owner of [undefined, "llm-d/prod"]) {
      const { ask, sent } = server(live(owner));
      await assert.rejects(
        applyDefinition(ask, MANIFEST, OWNER),
        /gateways\S+ exists already and was not made by this/,
      );
      assert.deepEqual(sent, []);
    }
    assert.throws(
      () => checkOwner(live(undefined), "podmonitors.monitoring.coreos.com", OWNER),
      /set llm-d:monitoring\.mode to bring-your-own/,
    );
  });

  it("fails with the API server's own words when it is refused", async () => {
    const refusal = { status: 422, text: JSON.stringify({ message: "spec.scope: Required value" }) };
    const { ask } = server(undefined, ({ method }) => (method === "PATCH" ? refusal : undefined));
    await assert.rejects(
      applyDefinition(ask, MANIFEST, OWNER),
      /refuses to set the custom resource definition gateways\S+ \(422\): spec\.scope: Required value/,
    );
  });

  it("is waited for while the API server has no condition yet", async () => {
    let reads = 0;
    const { ask } = server(undefined, ({ method = "GET" }) => {
      if (method === "GET" && reads++ === 0) return undefined;
      const status = reads < 3 ? { conditions: null } : ESTABLISHED;
      return { status: 200, text: JSON.stringify({ ...live(OWNER), status }) };
    });
    await applyDefinition(ask, MANIFEST, OWNER);
    assert.equal(reads, 3);
  });

  it("is deleted only by its owner", async () => {
    const others = server(live("llm-d/prod"));
    await deleteDefinition(others.ask, NAME, OWNER, undefined);
    assert.deepEqual(others.sent, []);
    const own = server(live(OWNER));
    await deleteDefinition(own.ask, NAME, OWNER, undefined);
    assert.deepEqual(
      own.sent.map(({ body }) => body),
      ["DELETE"],
    );
    await deleteDefinition(server().ask, NAME, OWNER, undefined);
  });

  it("reports why its deletion does not end", async () => {
    const message = "CustomResourceDeletionInProgress: 2 instances remain";
    const status = { conditions: [{ type: "Terminating", status: "True", message }] };
    const { ask } = server(undefined, () => ({ status: 200, text: JSON.stringify({ ...live(OWNER), status }) }));
    await assert.rejects(
      deleteDefinition(ask, NAME, OWNER, 0.1),
      /still there 0\.1 s after its deletion: CustomResourceDeletionInProgress: 2 instances remain/,
    );
  });
});
