import * as os from "node:os";

/** Use of all CPUs between two moments, from 0 to 1. */
export class CpuMeter {
  private before = totals();

  /** The use since the meter was made, or was last asked. */
  take(): number {
    const now = totals();
    const [busy, all] = [now.busy - this.before.busy, now.all - this.before.all];
    this.before = now;
    return all === 0 ? 0 : busy / all;
  }
}

function totals(): { busy: number; all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of os.cpus()) {
    const { user, nice, sys, irq, idle } = times;
    busy += user + nice + sys + irq;
    all += user + nice + sys + irq + idle;
  }
  return { busy, all };
}
