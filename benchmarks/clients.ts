import * as os from "node:os";

/** Duration and CPU use of a run of clients. */
export interface ClientRun {
  readonly seconds: number;
  /** Use of all CPUs of the machine, by every process on it, from 0 to 1. */
  readonly cpu: number;
}

/** Runs clients at the same time, and measures them. */
export async function runClients(count: number, client: (number: number) => Promise<void>): Promise<ClientRun> {
  const before = cpuTimes();
  const began = performance.now();
  await Promise.all(Array.from({ length: count }, (_, number) => client(number)));
  const seconds = (performance.now() - began) / 1000;
  const after = cpuTimes();
  const total = after.total - before.total;
  return { seconds, cpu: total === 0 ? 0 : (after.busy - before.busy) / total };
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
