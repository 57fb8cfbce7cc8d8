import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { StackProgress } from "../../../local/stackProgress";

const URN = "urn:pulumi:local::llm-d::kubernetes:helm.sh/v3:Release::istiod";

function event(part: object): EngineEvent {
  return { sequence: 0, timestamp: 0, ...part } as unknown as EngineEvent;
}

describe("local/stackProgress", () => {
  let lines: string[];
  let clock: number;
  let progress: StackProgress;
  beforeEach(() => {
    lines = [];
    clock = 0;
    progress = new StackProgress(
      (line) => lines.push(line),
      () => clock,
    );
  });
  const done = (op: string, urn: string, type: string): void => {
    progress.onEvent(event({ resourcePreEvent: { metadata: { op, urn, type } } }));
    clock += 2500;
    progress.onEvent(event({ resOutputsEvent: { metadata: { op, urn, type } } }));
  };

  it("says what was done to a resource and how long it took", () => {
    done("create", URN, "kubernetes:helm.sh/v3:Release");
    assert.deepEqual(lines, ["  created Release istiod (2.5 s)"]);
    assert.deepEqual([...progress.changes], [["created", 1]]);
  });

  it("says nothing of what stays the same, of components and of the stack itself", () => {
    done("same", URN, "kubernetes:helm.sh/v3:Release");
    done("create", "urn:pulumi:local::llm-d::llmd:gateway:Istio::istio", "llmd:gateway:Istio");
    done("create", "urn:pulumi:local::llm-d::pulumi:pulumi:Stack::llm-d-local", "pulumi:pulumi:Stack");
    assert.deepEqual(lines, []);
    assert.equal(progress.changes.size, 0);
  });

  it("counts CRDs without a line for each", () => {
    done("create", "a::b::crd", "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition");
    assert.deepEqual(lines, []);
    assert.deepEqual([...progress.changes], [["created", 1]]);
  });

  it("shows errors and warnings without the engine's colour marks, but not that plugins come from PATH", () => {
    progress.onEvent(
      event({ diagnosticEvent: { urn: URN, severity: "error", message: "<{%reset%}>it broke<{%reset%}>\n" } }),
    );
    progress.onEvent(
      event({ diagnosticEvent: { severity: "warning", message: "using pulumi-resource-x from $PATH at /x" } }),
    );
    progress.onEvent(event({ diagnosticEvent: { severity: "info", message: "fine" } }));
    assert.deepEqual(lines, ["  error: istiod: it broke"]);
  });

  it("names what failed", () => {
    progress.onEvent(
      event({ resOpFailedEvent: { metadata: { op: "create", urn: URN, type: "kubernetes:helm.sh/v3:Release" } } }),
    );
    assert.deepEqual(lines, ["  FAILED Release istiod"]);
  });
});
