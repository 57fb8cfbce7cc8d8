/** One line of the progress display: a program, or the charts and CRDs. */
export interface Step {
  readonly name: string;
  /** What happens while it runs, e.g. `building`. */
  readonly verb: string;
  /** Seconds that the step takes on 2 cores when nothing of it is cached. */
  readonly typicalSeconds: number;
  /** Whether it needs little CPU. It then runs next to other steps and is left out of the estimate. */
  readonly background: boolean;
  state: "waiting" | "running" | "done" | "cached" | "failed";
  /** Part of the step that had to be done when it was planned, 0 to 1: compiled packages are kept. */
  share: number;
  /** Packages that are done, and their total; 0 when it is not known. */
  done: number;
  total: number;
  /** The work of all packages in any unit, and the part that is done; 0 when it is not known. */
  work: number;
  worked: number;
  /** What it currently does, e.g. the package that is compiled. */
  note: string;
  startedAt?: number;
  finishedAt?: number;
}

export function newStep(name: string, verb: string, typicalSeconds: number, background = false): Step {
  const counts = { done: 0, total: 0, work: 0, worked: 0 };
  return { name, verb, typicalSeconds, background, state: "waiting", share: 1, note: "", ...counts };
}

/** Below this much work, in typical seconds, the measured speed is not reliable. */
const ENOUGH_WORK = 15;

/**
 * Estimates the seconds that are left: the remaining work in typical seconds, divided by the measured speed.
 *
 * @param elapsed seconds since the first step that is not in the background was started
 * @param initialSpeed the speed to assume before it can be measured; 1 is the speed of the 2 cores of the table
 */
export function estimateLeft(steps: readonly Step[], elapsed: number, initialSpeed: number): number {
  let worked = 0;
  let left = 0;
  for (const step of steps) {
    if (step.background || step.state === "cached" || step.state === "failed") continue;
    const work = step.typicalSeconds * step.share;
    const part = step.state === "done" ? 1 : step.work === 0 ? 0 : Math.min(1, step.worked / step.work);
    worked += work * part;
    left += work * (1 - part);
  }
  const speed = worked < ENOUGH_WORK || elapsed <= 0 ? initialSpeed : worked / elapsed;
  return left / speed;
}

/** Formats a duration: `8s`, `1m12s`, `1h03m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}

/** Formats an estimate, rounded to minutes because it is not exact: `about 12 min left`. */
export function formatLeft(seconds: number): string {
  if (seconds < 20) return "nearly done";
  if (seconds < 90) return "about 1 min left";
  return `about ${Math.round(seconds / 60)} min left`;
}

/** Seconds that a step has taken so far, or took. */
export function stepSeconds(step: Step, now: number): number {
  return step.startedAt === undefined ? 0 : ((step.finishedAt ?? now) - step.startedAt) / 1000;
}
