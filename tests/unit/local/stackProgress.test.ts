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

  it("writes the operation on a resource and its time", () => {
    done("create", URN, "kubernetes:helm.sh/v3:Release");
    assert.deepEqual(lines, ["  created Release istiod (2.5 s)"]);
    assert.equal(progress.summary, "1 created");
  });

  it("omits unchanged resources, components and the stack", () => {
    done("same", URN, "kubernetes:helm.sh/v3:Release");
    done("create", "urn:pulumi:local::llm-d::llmd:gateway:Istio::istio", "llmd:gateway:Istio");
    done("create", "urn:pulumi:local::llm-d::pulumi:pulumi:Stack::llm-d-local", "pulumi:pulumi:Stack");
    assert.deepEqual(lines, []);
    assert.equal(progress.summary, "");
  });

  it("counts CRDs but writes no line for them", () => {
    done("create", "a::b::crd", "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition");
    assert.deepEqual(lines, []);
    assert.equal(progress.summary, "1 created");
  });

  it("writes errors and warnings without colour marks, and omits the warning that plugins come from PATH", () => {
    progress.onEvent(
      event({ diagnosticEvent: { urn: URN, severity: "error", message: "<{%reset%}>it broke<{%reset%}>\n" } }),
    );
    progress.onEvent(
      event({ diagnosticEvent: { severity: "warning", message: "using pulumi-resource-x from $PATH at /x" } }),
    );
    progress.onEvent(event({ diagnosticEvent: { severity: "info", message: "fine" } }));
    assert.deepEqual(lines, ["  error: istiod: it broke"]);
  });

  it("names the resource that failed", () => {
    progress.onEvent(
      event({ resOpFailedEvent: { metadata: { op: "create", urn: URN, type: "kubernetes:helm.sh/v3:Release" } } }),
    );
    assert.deepEqual(lines, ["  FAILED Release istiod"]);
  });
});
