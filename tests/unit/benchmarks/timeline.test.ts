import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { longestPath, sequential, type Step, Timeline } from "../../../benchmarks/provisioning/timeline";

const step = (urn: string, seconds: number, ...dependsOn: string[]): Step => ({ urn, seconds, dependsOn });

/** An engine event of an operation on a resource, with the fields that are read. */
const event = (kind: "resourcePreEvent" | "resOutputsEvent", urn: string, op = "create"): EngineEvent =>
  ({ [kind]: { metadata: { urn, op, type: "kubernetes:core/v1:Namespace" } } }) as unknown as EngineEvent;

describe("the longest path", () => {
  it("is the slowest chain, not the one with the most steps", () => {
    const steps = [step("a", 1), step("b", 1, "a"), step("c", 1, "b"), step("slow", 5), step("end", 2, "slow", "c")];
    assert.deepEqual(longestPath(steps), { seconds: 7, urns: ["slow", "end"] });
    assert.equal(sequential(steps), 10);
  });

  it("is empty without steps, and ignores dependencies that are not steps", () => {
    assert.deepEqual(longestPath([]), { seconds: 0, urns: [] });
    assert.equal(longestPath([step("a", 1, "elsewhere")]).seconds, 1);
  });

  it("refuses steps that wait for each other", () => {
    assert.throws(() => longestPath([step("a", 1, "b"), step("b", 1, "a")]), /waits for itself/);
  });
});

describe("a timeline of the engine's events", () => {
  const resources = [
    { urn: "provider" },
    { urn: "namespace", provider: "provider::id" },
    { urn: "release", dependencies: ["namespace"], provider: "provider::id" },
  ];

  function timeline(): Timeline {
    let clock = 0;
    const line = new Timeline(() => clock);
    const at = (milliseconds: number, one: EngineEvent): void => {
      clock = milliseconds;
      line.onEvent(one);
    };
    at(0, event("resourcePreEvent", "provider", "same"));
    at(500, event("resOutputsEvent", "provider", "same"));
    at(1000, event("resourcePreEvent", "namespace"));
    at(2000, event("resOutputsEvent", "namespace"));
    at(2000, event("resourcePreEvent", "release"));
    at(9000, event("resOutputsEvent", "release"));
    return line;
  }

  it("has the time of each change, no time for unchanged resources, and the provider as a dependency", () => {
    const steps = timeline().steps(resources);
    assert.deepEqual(steps[0], { urn: "provider", seconds: 0, dependsOn: [] });
    assert.deepEqual(steps[2], { urn: "release", seconds: 7, dependsOn: ["namespace", "provider"] });
    assert.deepEqual(longestPath(steps).seconds, 8);
  });

  it("reverses the dependencies for a destroy", () => {
    const steps = timeline().steps(resources, true);
    assert.deepEqual(steps[1]?.dependsOn, ["release"]);
    assert.deepEqual(longestPath(steps).urns, ["release", "namespace", "provider"]);
  });
});
