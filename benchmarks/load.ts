import * as os from "node:os";

/** Duration and CPU use of some work. */
export interface Load {
  readonly seconds: number;
  /** Use of all CPUs of the machine, by every process on it, from 0 to 1. */
  readonly cpu: number;
}

/** Does some work, and measures it. */
export async function measured<T>(work: () => Promise<T>): Promise<[result: T, load: Load]> {
  const before = cpuTimes();
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  const after = cpuTimes();
  const total = after.total - before.total;
  return [result, { seconds, cpu: total === 0 ? 0 : (after.busy - before.busy) / total }];
}

function cpuTimes(): { busy: number; total: number } {
  let [busy, total] = [0, 0];
  for (const { times } of os.cpus()) {
    const { user, nice, sys, irq, idle } = times;
    busy += user + nice + sys + irq;
    total += user + nice + sys + irq + idle;
  }
  return { busy, total };
}
