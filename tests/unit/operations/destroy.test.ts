import * as assert from "node:assert/strict";
import {
  type Deployment,
  madeByOthers,
  protectedResources,
  type StateResource,
  takeOverPendingCreates,
  title,
} from "../../../operations/destroy/state";
import { takeOver } from "../../../operations/destroy/takeOver";
import type { Workspace } from "../../../operations/common/workspace";

const NAMESPACE = "kubernetes:core/v1:Namespace";
const CRD = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
const OWNER = "llm-d/prod";
const OWNED = { metadata: { annotations: { "llm-d.ai/environment": OWNER } } };

function resource(type: string, name: string, more: Partial<StateResource> = {}): StateResource {
  return { urn: `urn:pulumi:prod::llm-d::${type}::${name}`, type, custom: true, ...more };
}

const object = (type: string, name: string, namespace?: string): StateResource =>
  resource(type, name, { inputs: { metadata: { name, ...(namespace === undefined ? {} : { namespace }) } } });

function killed(resources: readonly StateResource[], ...creating: readonly StateResource[]): Deployment {
  return { resources, pending_operations: creating.map((one) => ({ type: "creating", resource: one })) };
}

describe("a destroy after an update that was killed", () => {
  it("adds Kubernetes objects and Helm releases to the state, with the ids that the provider gives them", () => {
    const release = resource("kubernetes:helm.sh/v3:Release", "istiod", {
      inputs: { name: "istiod", namespace: "istio-system" },
    });
    const { deployment, taken, unknown } = takeOverPendingCreates(
      killed(
        [object(NAMESPACE, "llm-d")],
        object(CRD, "pools.example.com"),
        object("kubernetes:core/v1:Secret", "t", "llm-d"),
        release,
      ),
    );
    assert.deepEqual(
      deployment.resources?.map(({ id }) => id),
      [undefined, "pools.example.com", "llm-d/t", "istio-system/istiod"],
    );
    assert.deepEqual(deployment.pending_operations, []);
    assert.equal(taken.length, 3);
    assert.deepEqual(unknown, []);
  });

  it("drops what exists only in the state or is in it already, and reports what has no known id", () => {
    const role = resource("aws:iam/role:Role", "nodes");
    const namespace = object(NAMESPACE, "llm-d");
    const before = killed([namespace], resource("random:index/randomPassword:RandomPassword", "p"), role, namespace);
    const { deployment, taken, unknown } = takeOverPendingCreates(before);
    assert.deepEqual(taken, []);
    assert.deepEqual(unknown, [role.urn]);
    assert.deepEqual(deployment.resources, [namespace]);
    assert.deepEqual(
      deployment.pending_operations?.map((operation) => operation.resource.urn),
      [role.urn],
    );
  });

  it("changes nothing when no creation was killed, and keeps other operations", () => {
    const updating = { type: "updating", resource: object(NAMESPACE, "llm-d") };
    const before: Deployment = { resources: [], pending_operations: [updating] };
    assert.deepEqual(takeOverPendingCreates(before), { deployment: before, taken: [], unknown: [] });
    assert.deepEqual(takeOverPendingCreates({}).taken, []);
  });

  it("leaves out what the program would have refused to adopt", () => {
    const theirs = { ...object(CRD, "theirs"), outputs: { metadata: {} } };
    const ours = { ...object(CRD, "ours"), outputs: OWNED };
    const secret = object("kubernetes:core/v1:Secret", "s", "llm-d");
    const all = [theirs, ours, secret];
    assert.deepEqual(
      madeByOthers(
        { resources: all },
        all.map(({ urn }) => urn),
        OWNER,
      ),
      [theirs.urn],
    );
    // What was in the state before belongs to the stack, with any annotation.
    assert.deepEqual(madeByOthers({ resources: all }, [], OWNER), []);
  });

  it("updates the state with commands of pulumi, and passes the state through standard input", async () => {
    const ours = object(CRD, "ours");
    const theirs = object(NAMESPACE, "theirs");
    const gone = object("kubernetes:core/v1:Secret", "gone", "llm-d");
    const states = [
      killed([], ours, theirs, gone),
      {
        resources: [
          { ...ours, outputs: OWNED },
          { ...theirs, outputs: {} },
        ],
      },
    ];
    const shown: string[] = [];
    const workspace: Workspace = {
      root: "/",
      run: () => Promise.resolve(JSON.stringify({ version: 3, deployment: states.shift() })),
      show: (args, input) => {
        shown.push(args.slice(0, 2).join(" "));
        if (args[1] === "import") assert.equal((JSON.parse(input ?? "") as { version: number }).version, 3);
        else assert.ok(args.some((argument) => argument.startsWith("urn:")));
        return Promise.resolve(0);
      },
    };
    const lines = await takeOver("prod", OWNER, workspace);
    assert.deepEqual(shown, ["stack import", "refresh --yes", "state delete"]);
    assert.deepEqual(lines, [
      "Namespace theirs belongs to somebody else and is kept.",
      "CustomResourceDefinition ours was being created when an update was killed, and is deleted too.",
    ]);
  });

  it("stops when a command fails", async () => {
    const workspace: Workspace = {
      root: "/",
      run: () => Promise.resolve(JSON.stringify({ version: 3, deployment: killed([], object(CRD, "ours")) })),
      show: () => Promise.resolve(255),
    };
    await assert.rejects(takeOver("prod", OWNER, workspace), /pulumi stack ended with exit code 255/);
  });
});

describe("the resources for which a destroy is refused", () => {
  it("are those that the state protects, without components", () => {
    const kept = protectedResources({
      resources: [
        resource("llmd:cluster:OwnedNamespace", "llm-d", { protect: true, custom: false }),
        resource(NAMESPACE, "llm-d", { protect: true }),
        resource(NAMESPACE, "istio-system"),
      ],
    });
    assert.deepEqual(kept.map(title), ["Namespace llm-d"]);
    assert.deepEqual(protectedResources({}), []);
  });
});
