import { drive, roundRobin, type Route, through } from "../../validation/driver";
import { percentile, sum } from "../../validation/statistics";
import { textOf } from "../../validation/workload";
import { withEnvironment } from "../environment";
import { type Load, measured } from "../load";
import type { BenchmarkOptions, OverheadRow } from "../results";

/** Numbers of clients at once. */
const CLIENTS = [1, 8, 64] as const;
const REPLICAS = 3;

/** The only prompt. After the first bursts every replica caches it, so that the replicas' own time is the same on both paths. */
const PROMPT = textOf("overhead", 160);

interface Burst extends Load {
  readonly latencies: readonly number[];
  readonly errors: number;
}

/** Measures the time that gateway and endpoint picker add: the same requests through them and directly, alternately. */
export async function benchmarkOverhead({ short, log, onRows }: BenchmarkOptions<"overhead">): Promise<void> {
  const rows: OverheadRow[] = [];
  await withEnvironment({ "models[0].replicas": String(REPLICAS) }, async ({ gatewayUrl, model, modelPods }) => {
    const routes = { direct: roundRobin(await modelPods(REPLICAS)), gateway: through({ url: gatewayUrl }) };
    await burst(routes.direct, model, 3, 30);
    await burst(routes.gateway, model, 3, 30);
    for (const clients of CLIENTS) {
      const requests = Math.max(short ? 40 : 120, clients * (short ? 3 : 8));
      const bursts: Record<keyof typeof routes, Burst[]> = { direct: [], gateway: [] };
      for (let round = 0; round < (short ? 2 : 4); round++) {
        for (const path of ["direct", "gateway"] as const) {
          bursts[path].push(await burst(routes[path], model, clients, requests));
        }
      }
      for (const path of ["direct", "gateway"] as const) {
        const row = rowOf(clients, path, bursts[path]);
        rows.push(row);
        log(
          `  ${clients} clients, ${path}: p50 ${row.latencyP50Ms.toFixed(1)} ms, p95 ${row.latencyP95Ms.toFixed(1)} ms`,
        );
      }
    }
  });
  onRows(rows);
}

async function burst(route: Route, model: string, clients: number, requests: number): Promise<Burst> {
  const request = { id: "", group: 0, session: 0, turn: 0, prompt: PROMPT, maxTokens: 1 };
  const trace = { sessions: Array.from({ length: requests }, () => [request]) };
  const options = { model, concurrency: clients, openersFirst: false };
  const [samples, load] = await measured(() => drive(trace, route, options));
  const latencies = samples.flatMap(({ completion: { error, totalMs } }) => (error === undefined ? totalMs : []));
  return { ...load, latencies, errors: samples.length - latencies.length };
}

function rowOf(clients: number, path: OverheadRow["path"], bursts: readonly Burst[]): OverheadRow {
  const latencies = bursts.flatMap((one) => one.latencies);
  const errors = sum(bursts.map((one) => one.errors));
  if (latencies.length === 0) throw new Error(`none of ${errors} requests was answered (${path}, ${clients} clients)`);
  return {
    clients,
    path,
    requests: latencies.length + errors,
    errors,
    latencyP50Ms: percentile(latencies, 0.5),
    latencyP95Ms: percentile(latencies, 0.95),
    throughput: latencies.length / sum(bursts.map((one) => one.seconds)),
    cpu: Math.max(...bursts.map((one) => one.cpu)),
  };
}
