import * as assert from "node:assert/strict";
import { asMarkdown, asText, type EngineEvent, summarize } from "../../../operations/preview/summary";

const STACK = "pulumi:pulumi:Stack";

function step(op: string, type: string, name: string, more: object = {}): EngineEvent {
  return { resourcePreEvent: { metadata: { op, type, urn: `urn:pulumi:dev::llm-d::${type}::${name}`, ...more } } };
}

const EVENTS: EngineEvent[] = [
  step("update", STACK, "llm-d-dev"),
  step("same", "aws:ec2/vpc:Vpc", "net"),
  step("create-replacement", "aws:eks/cluster:Cluster", "c", { keys: ["name"] }),
  step("replace", "aws:eks/cluster:Cluster", "c", { keys: ["name"] }),
  step("delete-replaced", "aws:eks/cluster:Cluster", "c", { keys: ["name"] }),
  step("delete", "aws:s3/bucket:Bucket", "b", { old: { protect: true } }),
  step("update", "kubernetes:helm.sh/v3:Release", "ms", { diffs: ["values"] }),
  step("create", "kubernetes:core/v1:Secret", "@someone <b>"),
  {
    policyEvent: {
      policyName: "gpu-nodes",
      message: "<{%reset%}>9 nodes,\n 1 was agreed<{%reset%}>",
      enforcementLevel: "mandatory",
    },
  },
  { policyEvent: { policyName: "gpu-nodes", message: "only advice", enforcementLevel: "advisory" } },
  { diagnosticEvent: { severity: "error", message: "<{%reset%}>preview failed\n" } },
  { diagnosticEvent: { severity: "warning", message: "a plugin from PATH" } },
  {
    resOutputsEvent: {
      metadata: {
        op: "update",
        type: STACK,
        urn: "urn",
        old: { outputs: { cost: "about 1 USD an hour" } },
        new: { outputs: { cost: "about 23 USD an hour" } },
      },
    },
  },
];

describe("the summary of a preview", () => {
  it("puts first what is refused, replaced and deleted, and ends with the cost", () => {
    assert.equal(
      asText(summarize(EVENTS)),
      `1 to replace, 1 to delete, 1 to update, 1 to create; 1 unchanged

Policy violations:
  gpu-nodes: 9 nodes, 1 was agreed

Errors:
  preview failed

Replaced: deleted and created again:
  Cluster c (name)

Deleted:
  Bucket b, protected: pulumi up would refuse it

Updated in place:
  Release ms (values)

Created:
  Secret @someone <b>

Cost:
  now about 1 USD an hour
  then about 23 USD an hour
`,
    );
  });

  it("is as a comment what it is as text, and lets no name in it mention anybody or start markup", () => {
    const text = asMarkdown("dev", summarize(EVENTS));
    assert.match(text, /^### Preview of `dev`\n\n1 to replace/);
    assert.ok(text.includes("**Replaced: deleted and created again**\n\n- Cluster c (name)"));
    assert.ok(text.includes("- Secret \\@someone \\<b\\>"));
  });

  it("folds a long list of what is made, and never one of what is deleted", () => {
    const many = (op: string) => Array.from({ length: 30 }, (_, index) => step(op, "a:b:C", String(index)));
    const text = asMarkdown("dev", summarize([...many("create"), ...many("delete")]));
    assert.match(text, /<details><summary>Created: 30<\/summary>/);
    assert.match(text, /\*\*Deleted\*\*/);
  });

  it("says so when nothing changes, and what is paid all the same", () => {
    const outputs = { cost: "about 23 USD an hour" };
    const stack = { op: "same", type: STACK, urn: "urn", old: { outputs }, new: { outputs } };
    assert.equal(
      asText(summarize([{ resOutputsEvent: { metadata: stack } }])),
      "No changes\n\nCost:\n  about 23 USD an hour\n",
    );
  });
});
