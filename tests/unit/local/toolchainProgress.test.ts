import * as assert from "node:assert/strict";
import { Progress, renderSteps } from "../../../local/toolchain/progress";
import { estimateLeft, formatDuration, formatLeft, newStep, type Step } from "../../../local/toolchain/steps";

const plain = (_: string, text: string) => text;
const now = 1_000_000;

function step(name: string, state: Step["state"], more: Partial<Step> = {}): Step {
  return { ...newStep(name, "building", 100), state, ...more };
}

describe("the estimate of the time left", () => {
  it("uses the typical seconds before a speed was measured", () => {
    const steps = [step("a", "waiting"), step("b", "waiting", { share: 0.5 })];
    assert.equal(estimateLeft(steps, 0, 1), 150);
    assert.equal(estimateLeft(steps, 0, 2), 75);
  });

  it("uses the measured speed and the finished part of a running step", () => {
    const steps = [step("a", "done"), step("b", "running", { worked: 30, work: 60 })];
    // 150 typical seconds of work took 300: the 50 that are left take 100.
    assert.equal(estimateLeft(steps, 300, 1), 100);
  });

  it("leaves out cached steps and background steps", () => {
    assert.equal(estimateLeft([step("a", "cached"), step("b", "running", { background: true })], 10, 1), 0);
  });
});

describe("durations", () => {
  it("have at most two units, and estimates are in minutes", () => {
    assert.deepEqual([7.4, 72, 3780].map(formatDuration), ["7s", "1m12s", "1h03m"]);
    assert.deepEqual([5, 60, 540].map(formatLeft), ["nearly done", "about 1 min left", "about 9 min left"]);
  });
});

describe("the live view", () => {
  const steps = [
    step("envoy", "cached"),
    step("etcd", "done", { startedAt: now - 163_000, finishedAt: now - 40_000 }),
    step("kube-apiserver", "running", { startedAt: now - 72_000, done: 310, total: 1180, note: "k8s.io/api/core/v1" }),
    step("kwok", "waiting"),
  ];

  it("shows a line for each step", () => {
    assert.deepEqual(renderSteps(steps, now, 120, 20, plain), [
      "  ✓ envoy           cached",
      "  ✓ etcd            done 2m03s",
      "  ▸ kube-apiserver  building 1m12s 310 of 1180 packages  k8s.io/api/core/v1",
      "  · kwok            waiting",
    ]);
  });

  it("fits the terminal: long lines are cut, and the running step stays when rows are missing", () => {
    const lines = renderSteps(steps, now, 40, 3, plain);
    assert.deepEqual(lines, [
      "  ▸ kube-apiserver  building 1m12s 310…",
      "  · kwok            waiting",
      "    and 2 more",
    ]);
    assert.ok(lines.every((line) => line.length < 40));
  });
});

describe("the progress without a terminal", () => {
  function record(quiet: boolean): string {
    let output = "";
    const steps = [newStep("etcd", "building", 40), newStep("kwok", "building", 15)];
    const [etcd, kwok] = steps;
    assert.ok(etcd && kwok);
    const stream = { write: (text: string | Uint8Array) => ((output += text.toString()), true) };
    const progress = new Progress(steps, { quiet, title: "Building 2 of 2 programs", stream });
    progress.start();
    progress.begin(etcd);
    progress.end(etcd, "done");
    progress.begin(kwok);
    progress.end(kwok, "failed");
    progress.end(kwok, "done");
    progress.stop();
    return output;
  }

  it("prints plain lines", () => {
    assert.equal(
      record(false),
      "Building 2 of 2 programs\netcd: building\netcd: done after 0s\nkwok: building\nkwok: failed after 0s\n",
    );
  });

  it("prints nothing when quiet", () => assert.equal(record(true), ""));
});
