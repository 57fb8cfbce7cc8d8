/** One line of the progress display: a program, or the charts. */
export interface Step {
  readonly name: string;
  /** What is done while it runs, e.g. `building`. */
  readonly verb: string;
  /** Seconds that the whole step takes on 2 cores when nothing of it is cached. */
  readonly typicalSeconds: number;
  /** Whether it takes the machine's cores; one that does not runs beside the others and is left out of the estimate. */
  readonly background: boolean;
  state: "waiting" | "running" | "done" | "cached" | "failed";
  /** Part of the step that was still to be done when it was planned, 0 to 1: compiled packages are kept. */
  share: number;
  /** Units (packages) done, and how many there are; 0 when that is not known. */
  done: number;
  total: number;
  /** The work in those units, in any measure, and how much of it is done; 0 when that is not known. */
  work: number;
  worked: number;
  /** What it is at, e.g. the package being compiled. */
  note: string;
  startedAt?: number;
  finishedAt?: number;
}

export function newStep(name: string, verb: string, typicalSeconds: number, background = false): Step {
  return {
    name,
    verb,
    typicalSeconds,
    background,
    state: "waiting",
    share: 1,
    done: 0,
    total: 0,
    work: 0,
    worked: 0,
    note: "",
  };
}

/** Work is measured in typical seconds. Below this much of it, the speed seen so far says little. */
const ENOUGH_WORK = 15;

/**
 * Seconds that are probably left: the work that remains, by what it typically takes, divided by the speed seen.
 *
 * @param elapsed seconds since the first step that takes the cores was started
 * @param initialSpeed the speed to assume before any is seen; 1 is that of the 2 cores of the table
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

/** A duration as a person says it: `8s`, `1m12s`, `1h03m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}

/** An estimate, rounded so that it does not pretend to be exact: `about 12 min left`. */
export function formatLeft(seconds: number): string {
  if (seconds < 20) return "nearly done";
  if (seconds < 90) return "about 1 min left";
  return `about ${Math.round(seconds / 60)} min left`;
}

/** Seconds that a step has taken so far, or took. */
export function stepSeconds(step: Step, now: number): number {
  return step.startedAt === undefined ? 0 : ((step.finishedAt ?? now) - step.startedAt) / 1000;
}
