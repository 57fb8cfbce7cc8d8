import * as timers from "node:timers/promises";
import type { GpuState } from "./gpuState";
import { type GpuExpectation, judge, type Verdict } from "./readiness";

/** Options of a wait. */
export interface WaitOptions {
  /** Limit of the wait; 0 checks once. */
  readonly timeoutSeconds: number;
  /** Called when the reason of the wait changes. */
  report(message: string): void;
  /** Called between two checks. */
  pause?(): Promise<unknown>;
  /** Milliseconds of a monotonic clock. */
  now?(): number;
}

const PAUSE_MS = 2000;

const HELP = "docs/gpu.md says what each of these means and what to do.";

/**
 * Waits until every expected node advertises its GPUs, and the operator is ready.
 *
 * @throws Error that lists everything that is not ready, with the reasons.
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
