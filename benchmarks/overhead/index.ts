import { streamCompletion } from "../../validation/client/completion";
import { roundRobin, type Route, through } from "../../validation/driver";
import type { Endpoint } from "../../validation/client/endpoint";
import { percentile } from "../../validation/statistics";
import { textOf } from "../../validation/workload";
import { CpuMeter } from "../cpu";
import { withEnvironment } from "../environment";
import type { OverheadRow } from "../results";

/** Clients at once. */
const CLIENTS = [1, 8, 64] as const;
const REPLICAS = 3;

/** A prompt that is cached everywhere after the first rounds, so that the replicas' own time is the same for both ways. */
const PROMPT = textOf("overhead", 160);

interface Burst {
  readonly latencies: readonly number[];
  readonly errors: number;
  readonly seconds: number;
  readonly cpu: number;
}

/** What gateway and endpoint picker add to a request: the same requests through them and to the replicas, by turns. */
export async function benchmarkOverhead(short: boolean, log: (line: string) => void): Promise<OverheadRow[]> {
  const rows: OverheadRow[] = [];
  await withEnvironment({ "models[0].replicas": String(REPLICAS) }, async ({ gatewayUrl, model, modelPods }) => {
    const pods = (await modelPods(REPLICAS)) as [Endpoint, ...Endpoint[]];
    const routes = { direct: roundRobin(pods), gateway: through({ url: gatewayUrl }) };
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
  return rows;
}

async function burst(route: Route, model: string, clients: number, requests: number): Promise<Burst> {
  const latencies: number[] = [];
  let [sent, errors] = [0, 0];
  const cpu = new CpuMeter();
  const began = performance.now();
  const client = async (): Promise<void> => {
    while (sent++ < requests) {
      const request = { id: "", group: 0, session: 0, turn: 0, prompt: PROMPT, maxTokens: 1 };
      const { error, totalMs } = await streamCompletion(route(request), { model, prompt: PROMPT, maxTokens: 1 });
      if (error === undefined) latencies.push(totalMs);
      else errors++;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { latencies, errors, seconds: (performance.now() - began) / 1000, cpu: cpu.take() };
}

function rowOf(clients: number, path: OverheadRow["path"], bursts: readonly Burst[]): OverheadRow {
  const latencies = bursts.flatMap((one) => one.latencies);
  const errors = bursts.reduce((sum, one) => sum + one.errors, 0);
  if (latencies.length === 0) throw new Error(`none of ${errors} requests was answered (${path}, ${clients} clients)`);
  return {
    clients,
    path,
    requests: latencies.length + errors,
    errors,
    latencyP50Ms: percentile(latencies, 0.5),
    latencyP95Ms: percentile(latencies, 0.95),
    throughput: latencies.length / bursts.reduce((sum, one) => sum + one.seconds, 0),
    cpu: Math.max(...bursts.map((one) => one.cpu)),
  };
}
