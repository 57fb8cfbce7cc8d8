import * as timers from "node:timers/promises";
import { outputProblem, smokeJob, type SmokeState, type SmokeTest } from "./smokeTest";

/** The part of a cluster that a test needs. */
export interface SmokeClient {
  /** Makes a Job, in the place of one of the same name that a killed run left. */
  startJob(job: ReturnType<typeof smokeJob>): Promise<void>;
  readSmokeTest(namespace: string, jobName: string): Promise<SmokeState>;
  /** Removes a Job with its pod; returns when both are gone. */
  removeJob(namespace: string, jobName: string): Promise<void>;
}

/** Whom to tell, and the clock. */
export interface SmokeOptions {
  report(message: string): void;
  pause?(): Promise<unknown>;
  now?(): number;
}

const PAUSE_MS = 500;

/** How long a pod may find no free GPU before that is taken for an answer, in seconds. */
const NO_FREE_GPU_SECONDS = 10;

/** More than the Job's own deadline, so that it is the Job that says why, in seconds. */
const MARGIN_SECONDS = 15;

/**
 * Runs nvidia-smi on one GPU and checks what it prints. The Job is removed, whatever comes out.
 *
 * Where models hold all GPUs nothing can be tested, and nothing has to be: that is told and passed over.
 *
 * @throws Error with what nvidia-smi printed, or with why it did not run
 */
export async function runSmokeTest(client: SmokeClient, test: SmokeTest, options: SmokeOptions): Promise<void> {
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
        return options.report("GPU smoke test left out: all GPUs are in use");
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
