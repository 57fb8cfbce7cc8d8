import * as timers from "node:timers/promises";
import { outputProblem, smokeJob, type SmokeState, type SmokeTest } from "./smokeTest";
import type { WaitOptions } from "./waitForGpus";

/** The calls that a test needs. */
export interface SmokeClient {
  /** Creates a Job; replaces one of the same name that a killed run left. */
  startJob(job: ReturnType<typeof smokeJob>): Promise<void>;
  readSmokeTest(namespace: string, jobName: string): Promise<SmokeState>;
  /** Deletes a Job with its pod; returns when both are gone. */
  removeJob(namespace: string, jobName: string): Promise<void>;
}

const PAUSE_MS = 500;

/** How long a pod may find no free GPU before the test is skipped, in seconds. */
const NO_FREE_GPU_SECONDS = 10;

/** How much longer than the Job's own deadline the wait is, in seconds, so that the Job reports the reason. */
const MARGIN_SECONDS = 15;

/**
 * Runs nvidia-smi on one GPU and checks its output. The Job is always deleted afterwards. If models use all GPUs, the test is skipped
 * with a message: it cannot run, and those GPUs work.
 *
 * @throws Error with the output of nvidia-smi, or with the reason why it did not run.
 */
export async function runSmokeTest(
  client: SmokeClient,
  test: SmokeTest,
  options: Omit<WaitOptions, "timeoutSeconds">,
): Promise<void> {
  const pause = options.pause ?? (() => timers.setTimeout(PAUSE_MS));
  const now = options.now ?? (() => performance.now());
  const began = now();
  const seconds = (): number => (now() - began) / 1000;
  await client.startJob(smokeJob(test));
  try {
    for (;;) {
      const state = await client.readSmokeTest(test.namespace, test.jobName);
      if (state.phase === "succeeded") {
        const wrong = outputProblem(state.output, test.model);
        if (wrong !== undefined) throw new Error(`GPU smoke test: ${wrong}`);
        return options.report(`GPU smoke test: ${state.output.trim()}`);
      }
      if (state.phase !== "pending") {
        throw new Error(`GPU smoke test: nvidia-smi failed: ${state.output.trim() || "no output"}`);
      }
      if (state.noFreeGpu && seconds() > NO_FREE_GPU_SECONDS) {
        return options.report("GPU smoke test skipped: all GPUs are in use");
      }
      if (seconds() > test.timeoutSeconds + MARGIN_SECONDS) {
        throw new Error(
          `GPU smoke test: nvidia-smi has not run within ${test.timeoutSeconds} s: ${state.reason ?? "its pod has not started"}`,
        );
      }
      await pause();
    }
  } finally {
    await client.removeJob(test.namespace, test.jobName);
  }
}
