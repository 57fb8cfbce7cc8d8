import * as assert from "node:assert/strict";
import { Progress, renderSteps } from "../../../local/toolchain/progress";
import {
  formatDuration,
  formatLeft,
  type Left,
  newStep,
  type Step,
  TimeLeft,
  workOf,
} from "../../../local/toolchain/steps";

const plain = (_: string, text: string) => text;
const now = 1_000_000;

function step(name: string, state: Step["state"], more: Partial<Step> = {}): Step {
  return { ...newStep(name, "building", 100), state, ...more };
}

describe("the work of the steps", () => {
  it("is what has to be done of each step", () => {
    const steps = [step("a", "waiting"), step("b", "waiting", { share: 0.5 })];
    assert.deepEqual(workOf(steps), { worked: 0, left: 150 });
  });

  it("of a running step is done in part, and linking is left when all is compiled", () => {
    const compiled = step("b", "running", { worked: 60, work: 60 });
    assert.deepEqual(workOf([step("a", "done"), compiled]), { worked: 195, left: 5 });
    assert.deepEqual(workOf([{ ...compiled, worked: 30 }]), { worked: 47.5, left: 52.5 });
  });

  it("leaves out cached steps and background steps", () => {
    const steps = [step("a", "cached"), step("b", "running", { background: true })];
    assert.deepEqual(workOf(steps), { worked: 0, left: 0 });
  });
});

describe("the estimate of the time left", () => {
  /** What is shown every 10 seconds while the machine works at these speeds, each for a minute, and how long that takes. */
  function shown(work: number, speeds: readonly number[]): { left: Left[]; seconds: number } {
    const timeLeft = new TimeLeft(1);
    const left: Left[] = [];
    let worked = 0;
    for (let elapsed = 0; ; elapsed += 10) {
      const estimate = timeLeft.update({ worked, left: work - worked }, elapsed);
      if (estimate !== undefined) left.push(estimate);
      if (worked === work) return { left, seconds: elapsed };
      worked = Math.min(work, worked + 10 * (speeds[Math.floor(elapsed / 60)] ?? speeds.at(-1) ?? 1));
    }
  }
  const falls = (left: readonly Left[]) =>
    left.every(({ seconds }, index) => seconds <= (left[index - 1]?.seconds ?? Infinity));

  it("is given at once for a short build, at the speed of this machine", () => {
    assert.deepEqual(new TimeLeft(2).update({ worked: 0, left: 60 }, 0), { seconds: 30, atLeast: false });
  });

  it("of a long build is given when the speed has been measured for a minute", () => {
    const timeLeft = new TimeLeft(1);
    assert.equal(timeLeft.update({ worked: 0, left: 900 }, 0), undefined);
    assert.equal(timeLeft.update({ worked: 14, left: 886 }, 59), undefined);
    // 15 of 900 typical seconds took 60: at half the speed of the table, with what was assumed.
    assert.deepEqual(timeLeft.update({ worked: 15, left: 885 }, 60), { seconds: 1770, atLeast: false });
  });

  it("counts down on an idle machine", () => {
    const { left, seconds } = shown(900, [1]);
    assert.equal(seconds, 900);
    left.forEach((one, index) => {
      assert.ok(Math.abs(one.seconds - (840 - 10 * index)) < 1, `${index}: ${one.seconds}`);
      assert.equal(one.atLeast, false);
    });
  });

  // From a busy machine: estimates from the measured speed alone went 23, 47, 27, 33, 42, 64, 52, 13 minutes.
  const BUSY = [0.9, 0.2, 0.7, 0.9, 0.4, 0.3, 0.2, 0.2, 0.3, 0.2, 0.3, 0.9, 1, 1, 1];

  it("only falls on a busy machine, and says when it takes longer", () => {
    const { left } = shown(900, BUSY);
    assert.ok(falls(left));
    assert.ok(left.some(({ atLeast }) => atLeast));
    assert.ok((left.at(-1)?.seconds ?? Infinity) < 60);
  });

  // The build of kube-apiserver, 175 typical seconds, on a machine with a load of up to 34: seconds, and work that was done.
  const RECORDED = [
    ...[
      [0, 0],
      [1028, 91],
      [1097, 93],
      [1172, 96],
      [1240, 98],
      [1303, 98],
      [1365, 99],
      [1426, 100],
      [1495, 103],
    ],
    ...[
      [1562, 103],
      [1633, 104],
      [1695, 105],
      [1762, 108],
      [1825, 112],
      [1893, 113],
      [1963, 114],
      [2033, 114],
    ],
    ...[
      [2110, 114],
      [2183, 115],
      [2250, 115],
      [2321, 115],
      [2386, 116],
      [2450, 120],
      [2512, 136],
      [2573, 156],
    ],
  ] as const;

  it("only falls in a recorded build, of which the measured speed alone made 16, then 20, then 5 minutes", () => {
    const timeLeft = new TimeLeft(1);
    const left = RECORDED.flatMap(
      ([elapsed, worked]) => timeLeft.update({ worked, left: 175 - worked }, elapsed) ?? [],
    );
    assert.equal(left.length, RECORDED.length - 1);
    assert.ok(falls(left));
    const said = [0, 20, 23].map((index) => formatLeft(left[index]));
    assert.deepEqual(said, ["about 12 min left", "more than 12 min left", "about 5 min left"]);
  });

  it("falls slowly when the machine becomes faster", () => {
    const { left } = shown(900, [0.2, 0.2, 0.2, 1.5]);
    assert.ok(falls(left));
    const steps = left.map(({ seconds }, index) => (left[index - 1]?.seconds ?? seconds) - seconds);
    const before = left[0]?.seconds ?? 0;
    assert.ok(Math.max(...steps) < before / 5, `${Math.max(...steps)} of ${before}`);
  });
});

describe("durations", () => {
  it("have at most two units, and estimates are in minutes", () => {
    assert.deepEqual([7.4, 72, 3780].map(formatDuration), ["7s", "1m12s", "1h03m"]);
    const left = [5, 60, 540].map((seconds) => formatLeft({ seconds, atLeast: false }));
    assert.deepEqual(left, ["nearly done", "about 1 min left", "about 9 min left"]);
    assert.equal(formatLeft({ seconds: 540, atLeast: true }), "more than 9 min left");
    assert.equal(formatLeft(undefined), "measuring the speed");
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
