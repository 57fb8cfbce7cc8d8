import { roundRobin, type Route, through } from "../../validation/driver";
import { mean, percent } from "../../validation/statistics";
import type { BenchmarkOptions, RoutingRow } from "../results";
import { type BenchEnvironment, withEnvironment } from "../environment";
import { driveRound, figuresOf, promptsOf, type Round } from "./drive";
import { idealCache } from "./oracle";
import { CANDIDATES, GATEWAY_ROUND_ROBIN, OTHERS, OURS, type Policy, ROUND_ROBIN } from "./policies";
import { PolicyPools } from "./pools";
import { SESSIONS_PER_REPLICA, type Workload, workloads } from "./workloads";

/** Tokens per block of the local stack's model. */
const BLOCK_SIZE = 16;

/**
 * Blocks of each replica's cache. Ample is an A100's cache, the simulator's default: no workload fills it. Small is about
 * half of the working set of the workloads that use it.
 */
const CACHES = { ample: 10_000, small: 1_250 } as const;
type Cache = keyof typeof CACHES;

/** The workloads for the small cache. */
const FOR_SMALL_CACHE = new Set(["system prompts", "multi-turn chat", "assistants"]);

/** Requests that a replica processes at once. Others wait in its queue, so that an uneven load costs time. */
const REQUESTS_AT_ONCE = 4;

/** Delay between the starts of two clients, in milliseconds: users do not all start at once, and load tools ramp up, too. */
const RAMP_MS = 100;

/** The routing benchmark. It brings up each environment once, and alternates the policies in it. */
export async function benchmarkRouting(options: BenchmarkOptions<"routing">): Promise<void> {
  const rows: RoutingRow[] = [];
  // Each endpoint picker reads each replica's metrics 20 times a second. Many candidates with 8 replicas would load the machine.
  for (const replicas of options.short || options.tune ? [3] : [3, 8]) {
    for (const cache of ["ample", "small"] as const) {
      const config = {
        "models[0].replicas": String(replicas),
        "models[0].extraArgs[0]": `--num-gpu-blocks-override=${CACHES[cache]}`,
        "models[0].extraArgs[1]": `--max-num-seqs=${REQUESTS_AT_ONCE}`,
      };
      await withEnvironment(config, async (environment) => {
        rows.push(...(await measure(environment, replicas, cache, options)));
      });
      options.onRows(rows);
    }
  }
}

async function measure(
  environment: BenchEnvironment,
  replicas: number,
  cache: Cache,
  { short, tune, log }: BenchmarkOptions<"routing">,
): Promise<RoutingRow[]> {
  const pools = new PolicyPools(environment.kubeconfig, environment.namespace, environment.gatewayUrl);
  const policies: readonly Policy[] = tune ? CANDIDATES : [OURS, ...OTHERS, GATEWAY_ROUND_ROBIN];
  for (const policy of policies) await pools.add(policy);
  const pods = await environment.modelPods(replicas);
  const routes = new Map<string, () => Route>();
  for (const policy of policies) routes.set(policy.name, () => through({ url: pools.url(policy) }));
  if (!tune) routes.set(ROUND_ROBIN, () => roundRobin(pods));
  const concurrency = Math.round(replicas * SESSIONS_PER_REPLICA);
  const chosen = workloads(short)
    .filter(({ split }) => split === (tune ? "tune" : "report"))
    .filter(({ name }) => cache === "ample" || FOR_SMALL_CACHE.has(name));
  const rows: RoutingRow[] = [];
  for (const workload of chosen) {
    const rampMs = workload.atOnce === true ? 0 : RAMP_MS;
    const rounds = new Map([...routes.keys()].map((name): [string, Round[]] => [name, []]));
    for (let round = 0; round < (short ? 1 : 2); round++) {
      for (const [name, route] of routes) {
        // Each policy and round has its own texts, so that it finds nothing that another one left in the caches.
        const trace = workload.trace(`${workload.name}/${replicas}/${cache}/${name}/${round}`);
        const driven = await driveRound(trace, route(), pods, { model: environment.model, concurrency, rampMs });
        rounds.get(name)?.push(driven);
      }
    }
    for (const [name, driven] of rounds) {
      const row = rowOf(workload, replicas, cache, name, driven);
      rows.push(row);
      log(
        `  ${replicas} replicas, ${cache} cache, ${workload.name}, ${name}: ${percent(row.hitRate)} hits, ` +
          `${percent(row.shareOfOracle)} of the oracle's, TTFT p50 ${row.ttftP50Ms.toFixed(0)} ms p95 ` +
          `${row.ttftP95Ms.toFixed(0)} ms, imbalance ${row.imbalance.toFixed(2)}, CPU ${percent(row.cpu)}, ${row.errors} errors`,
      );
    }
  }
  return rows;
}

function rowOf(
  workload: Workload,
  replicas: number,
  cache: Cache,
  policy: string,
  rounds: readonly Round[],
): RoutingRow {
  const capacity = cache === "ample" ? Infinity : CACHES.small * replicas;
  const oracleHitRate = mean(rounds.map((round) => idealCache(promptsOf(round), BLOCK_SIZE, capacity).hitRate));
  const figures = figuresOf(rounds);
  return {
    workload: workload.name,
    split: workload.split,
    replicas,
    cache,
    policy,
    ...figures,
    oracleHitRate,
    // If the oracle has no hits, the policy misses none.
    shareOfOracle: oracleHitRate === 0 ? 1 : figures.hitRate / oracleHitRate,
  };
}
