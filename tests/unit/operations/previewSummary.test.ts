import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { asMarkdown, asText, summarize } from "../../../operations/preview/summary";

const STACK = "pulumi:pulumi:Stack";

/** An event with the fields that the summary reads. */
const event = (fields: object): EngineEvent => fields as EngineEvent;

function step(op: string, type: string, name: string, more: object = {}): EngineEvent {
  return event({
    resourcePreEvent: { metadata: { op, type, urn: `urn:pulumi:dev::llm-d::${type}::${name}`, ...more } },
  });
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
  event({
    policyEvent: {
      policyName: "gpu-nodes",
      message: "<{%reset%}>9 nodes,\n 1 was agreed<{%reset%}>",
      enforcementLevel: "mandatory",
    },
  }),
  event({ policyEvent: { policyName: "gpu-nodes", message: "only advice", enforcementLevel: "advisory" } }),
  event({ diagnosticEvent: { severity: "error", message: "<{%reset%}>preview failed\n" } }),
  event({ diagnosticEvent: { severity: "warning", message: "a plugin from PATH" } }),
  event({
    resOutputsEvent: {
      metadata: {
        op: "update",
        type: STACK,
        urn: "urn",
        old: { outputs: { cost: "about 1 USD an hour" } },
        new: { outputs: { cost: "about 23 USD an hour" } },
      },
    },
  }),
];

describe("the summary of a preview", () => {
  it("starts with refusals, replacements and deletions, and ends with the cost", () => {
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

  it("has the same content as a comment, in which no name can mention a user or start markup", () => {
    const text = asMarkdown("dev", summarize(EVENTS));
    assert.match(text, /^### Preview of `dev`\n\n1 to replace/);
    assert.ok(text.includes("**Replaced: deleted and created again**\n\n- Cluster c (name)"));
    assert.ok(text.includes("- Secret \\@someone \\<b\\>"));
  });

  it("folds a long list of created resources, and never a list of deleted ones", () => {
    const many = (op: string) => Array.from({ length: 30 }, (_, index) => step(op, "a:b:C", String(index)));
    const text = asMarkdown("dev", summarize([...many("create"), ...many("delete")]));
    assert.match(text, /<details><summary>Created: 30<\/summary>/);
    assert.match(text, /\*\*Deleted\*\*/);
  });

  it("says that nothing changes, and what the environment costs", () => {
    const outputs = { cost: "about 23 USD an hour" };
    const stack = { op: "same", type: STACK, urn: "urn", old: { outputs }, new: { outputs } };
    assert.equal(
      asText(summarize([event({ resOutputsEvent: { metadata: stack } })])),
      "No changes\n\nCost:\n  about 23 USD an hour\n",
    );
  });
});
