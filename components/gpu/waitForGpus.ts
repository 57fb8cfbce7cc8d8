import * as timers from "node:timers/promises";
import type { GpuState } from "./gpuState";
import { type GpuExpectation, judge, type Verdict } from "./readiness";

/** How long, and whom to tell. */
export interface WaitOptions {
  /** Seconds; 0 looks once. */
  readonly timeoutSeconds: number;
  /** Told when what keeps GPUs from being ready changes. */
  report(message: string): void;
  /** Between two looks. */
  pause?(): Promise<unknown>;
  /** Milliseconds of a clock that only runs forward. */
  now?(): number;
}

const PAUSE_MS = 2000;

/** Where each way in which it can go wrong is explained. */
const HELP = "docs/gpu.md says what each of these means and what to do.";

/**
 * Waits until every node that should advertises its GPUs, and the operator is ready.
 *
 * @throws Error that lists everything that is not ready, and why
 */
export async function waitForGpus(
  read: () => Promise<GpuState>,
  expectation: GpuExpectation,
  options: WaitOptions,
): Promise<Verdict> {
  const { timeoutSeconds, report } = options;
  const pause = options.pause ?? (() => timers.setTimeout(PAUSE_MS));
  const now = options.now ?? (() => performance.now());
  const end = now() + timeoutSeconds * 1000;
  let told = "";
  for (;;) {
    const verdict = judge(await read(), expectation);
    if (verdict.reasons.length === 0) return verdict;
    if (now() >= end) {
      const after = timeoutSeconds === 0 ? "" : ` after ${timeoutSeconds} s`;
      throw new Error(
        [`GPUs are not ready${after}:`, ...verdict.reasons.map((reason) => `  - ${reason}`), HELP].join("\n"),
      );
    }
    const [first] = verdict.reasons;
    if (first !== undefined && first !== told) report(`waiting for GPUs: ${first}`);
    told = first ?? told;
    await pause();
  }
}
