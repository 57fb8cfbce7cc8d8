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

/** The part of a program's work that is done when all its packages are compiled. Linking is the rest. */
const COMPILING = 0.95;

/** The steps' work in typical seconds: how much is done, and how much is left. */
export function workOf(steps: readonly Step[]): { worked: number; left: number } {
  let worked = 0;
  let left = 0;
  for (const step of steps) {
    if (step.background || step.state === "cached" || step.state === "failed") continue;
    const work = step.typicalSeconds * step.share;
    const part = step.state === "done" ? 1 : step.work === 0 ? 0 : COMPILING * Math.min(1, step.worked / step.work);
    worked += work * part;
    left += work - work * part;
  }
  return { worked, left };
}

/** The speed that is assumed at first counts as much as if it had been measured during this much work. */
const ASSUMED_WORK = 30;
/** Seconds of measuring before the first estimate, unless the whole build takes little longer than that. */
const MEASURING_SECONDS = 60;
/** Seconds in which the shown time falls by two thirds of its distance to a shorter estimate. */
const SMOOTHING_SECONDS = 30;
/** How much longer than the shown time an estimate has to be before the display says so. */
const MUCH_LONGER = 1.25;

/** A time that is left. */
export interface Left {
  readonly seconds: number;
  /** Whether it takes longer than that by now. */
  readonly atLeast: boolean;
}

/**
 * Estimates the time left, so that it only falls. Estimates from the measured speed rise and fall with the load of the
 * machine. A shorter one is approached slowly. With a longer one the shown time stands still until the rest fits it again.
 */
export class TimeLeft {
  private last?: { readonly elapsed: number; readonly seconds: number };

  /** @param initialSpeed the speed before it is measured; 1 is that of the 2 cores of the table, with nothing else to do */
  constructor(private readonly initialSpeed: number) {}

  /**
   * @param elapsed seconds since the work has begun, not less than in the call before
   * @returns undefined while the speed is measured
   */
  update({ worked, left }: { readonly worked: number; readonly left: number }, elapsed: number): Left | undefined {
    const speed = (worked + ASSUMED_WORK) / (elapsed + ASSUMED_WORK / this.initialSpeed);
    const estimate = left / speed;
    if (this.last === undefined) {
      const whole = (worked + left) / this.initialSpeed;
      if (elapsed < MEASURING_SECONDS && whole > 2 * MEASURING_SECONDS) return undefined;
      this.last = { elapsed, seconds: estimate };
    }
    const passed = elapsed - this.last.elapsed;
    const shown = this.last.seconds;
    const nearer = shown + (estimate - shown) * (1 - Math.exp(-passed / SMOOTHING_SECONDS));
    // At the measured speed the time would pass as on a clock.
    const seconds = estimate >= shown ? shown : Math.max(estimate, Math.min(nearer, shown - passed));
    this.last = { elapsed, seconds };
    return { seconds, atLeast: estimate > seconds * MUCH_LONGER };
  }
}

/** Formats a duration: `8s`, `1m12s`, `1h03m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
}

/** Formats an estimate, rounded to minutes because it is not exact: `about 12 min`. */
export function formatMinutes(seconds: number): string {
  return `${Math.max(1, Math.round(seconds / 60))} min`;
}

/** Formats the time left: `about 12 min left`. */
export function formatLeft(left: Left | undefined): string {
  if (left === undefined) return "measuring the speed";
  if (left.atLeast) return `more than ${formatMinutes(left.seconds)} left`;
  return left.seconds < 20 ? "nearly done" : `about ${formatMinutes(left.seconds)} left`;
}

/** Seconds that a step has taken so far, or took. */
export function stepSeconds(step: Step, now: number): number {
  return step.startedAt === undefined ? 0 : ((step.finishedAt ?? now) - step.startedAt) / 1000;
}
