import { spawn } from "node:child_process";
import * as os from "node:os";

/** Numbers of tests by result. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of failed tests, each with the beginning of its error. Not every job knows them. */
  readonly failedTests?: readonly string[];
  /** The seconds of each test file. Only jobs of mocha know them. */
  readonly seconds?: Readonly<Record<string, number>>;
}

export const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 };

export function sum(counts: readonly Counts[]): Counts {
  return counts.reduce(
    (left, right) => ({
      passed: left.passed + right.passed,
      failed: left.failed + right.failed,
      skipped: left.skipped + right.skipped,
    }),
    NOTHING,
  );
}

/** A part of a suite. It runs in its own processes, in parallel with others. */
export interface Job {
  readonly suite: string;
  /** Name for the output: a file, or what is checked. */
  readonly name: string;
  /** Jobs with a higher weight start first, because a long job must not start last. @default 0 */
  readonly weight?: number;
  /** @param print collects the output, which is shown when the job has ended */
  run(print: (text: string) => void): Promise<Counts>;
}

/** A job that has ended. */
export interface Ended {
  readonly job: Job;
  readonly counts: Counts;
  readonly seconds: number;
}

/** A line for each of the files that took the longest, the slowest first. */
export function slowestFiles(ended: readonly Ended[], count = 10): string[] {
  return ended
    .flatMap(({ counts }) => Object.entries(counts.seconds ?? {}))
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([file, seconds]) => `${seconds.toFixed(0).padStart(6)} s  ${file}`);
}

/** Number of parallel jobs: TEST_JOBS, or one more than processors, because a job often waits for a pod to start or to end. */
export function slots(env: NodeJS.ProcessEnv = process.env): number {
  const wanted = Number(env.TEST_JOBS);
  return Number.isInteger(wanted) && wanted > 0 ? wanted : os.availableParallelism() + 1;
}

/** Runs jobs in parallel. The output of a job is shown when it ends, so that outputs do not mix. */
export async function runJobs(jobs: readonly Job[], count = slots()): Promise<Ended[]> {
  const waiting = [...jobs].sort((a, b) => (b.weight ?? 0) - (a.weight ?? 0));
  const ended: Ended[] = [];
  const worker = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const began = Date.now();
      console.log(`-- ${job.suite}: ${job.name} begins`);
      let text = "";
      const counts = await job
        .run((more) => (text += more))
        .catch((error: unknown): Counts => {
          text += `${error instanceof Error ? error.message : String(error)}\n`;
          return { ...NOTHING, failed: 1 };
        });
      const seconds = (Date.now() - began) / 1000;
      console.log(`\n== ${job.suite}: ${job.name} (${seconds.toFixed(0)} s)\n${text.trimEnd()}\n`);
      ended.push({ job, counts, seconds });
    }
  };
  await Promise.all(Array.from({ length: count }, worker));
  return ended;
}

/** Runs a command and passes its output on. @returns its exit code */
export function execute(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
  print: (text: string) => void,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}), ...options.env },
    });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", print);
    // Environments run in separate processes. The tests stop them when they get the signal.
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    process.on("SIGTERM", forward);
    child.once("error", (error) => {
      print(`${error.message}\n`);
      resolve(127);
    });
    child.once("close", (code) => {
      process.off("SIGTERM", forward);
      resolve(code ?? 1);
    });
  });
}
