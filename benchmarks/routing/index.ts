import { roundRobin, through } from "../../validation/driver";
import type { Endpoint } from "../../validation/client/endpoint";
import { mean } from "../../validation/statistics";
import type { RoutingRow } from "../results";
import { type BenchEnvironment, withEnvironment } from "../environment";
import { driveRound, figuresOf, promptsOf, type Round } from "./drive";
import { idealCache } from "./oracle";
import { CANDIDATES, GATEWAY_ROUND_ROBIN, OTHERS, OURS, ROUND_ROBIN } from "./policies";
import { type Policy, PolicyPools } from "./pools";
import { SESSIONS_PER_REPLICA, type Workload, workloads } from "./workloads";

/** Tokens per block, of the local stack's model. */
const BLOCK_SIZE = 16;

/**
 * Blocks of each replica's cache. Ample: an A100's, as the simulator has by default, more than any workload uses. Small:
 * half of what the workloads for it use, so that their working set is about twice what one replica can cache.
 */
const CACHES = { ample: 10_000, small: 1_250 } as const;
type Cache = keyof typeof CACHES;

/** The workloads whose working set is of that size. */
const FOR_SMALL_CACHE = new Set(["system prompts", "multi-turn chat", "assistants"]);

/** Requests that a replica works on at once; more have to wait there, so that a crowd at one replica costs something. */
const REQUESTS_AT_ONCE = 4;

/** Time from one client's first request to the next one's, in milliseconds: as users come, and as tools for load make them come. */
const RAMP_MS = 100;

export interface RoutingOptions {
  readonly short: boolean;
  /** Try candidates for the shipped settings, on the workloads for that. */
  readonly tune: boolean;
  readonly log: (line: string) => void;
  /** Told of the rows so far, after each environment: a run that is ended early keeps them. */
  readonly onRows: (rows: readonly RoutingRow[]) => void;
}

/** The whole routing benchmark: each environment brought up once, in it all policies by turns. */
export async function benchmarkRouting(options: RoutingOptions): Promise<void> {
  const rows: RoutingRow[] = [];
  // Each picker reads the metrics of each replica 20 times a second: of many candidates over many replicas that is a load of its own.
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
  { short, tune, log }: RoutingOptions,
): Promise<RoutingRow[]> {
  const pools = new PolicyPools(environment.kubeconfig, environment.namespace, environment.gatewayUrl);
  const policies: readonly Policy[] = tune ? CANDIDATES : [OURS, ...OTHERS, GATEWAY_ROUND_ROBIN];
  for (const policy of policies) await pools.add(policy);
  const pods = await environment.modelPods(replicas);
  const routes = new Map<string, () => ReturnType<typeof through>>([
    ...policies.map((policy) => [policy.name, () => through({ url: pools.url(policy) })] as const),
    ...(tune ? [] : [[ROUND_ROBIN, () => roundRobin(pods as [Endpoint, ...Endpoint[]])] as const]),
  ]);
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
        // A text of its own for each policy and round: nobody finds what another one left in the caches.
        const trace = workload.trace(`${workload.name}/${replicas}/${cache}/${name}/${round}`);
        rounds
          .get(name)
          ?.push(await driveRound(trace, route(), { model: environment.model, concurrency, rampMs, pods }));
      }
    }
    for (const [name, driven] of rounds) {
      const row = rowOf(workload, replicas, cache, name, driven);
      rows.push(row);
      log(
        `  ${replicas} replicas, ${cache} cache, ${workload.name}, ${name}: ${(row.hitRate * 100).toFixed(1)} % hits, ` +
          `${(row.shareOfOracle * 100).toFixed(1)} % of the oracle's, TTFT p50 ${row.ttftP50Ms.toFixed(0)} ms p95 ` +
          `${row.ttftP95Ms.toFixed(0)} ms, imbalance ${row.imbalance.toFixed(2)}, CPU ${(row.cpu * 100).toFixed(0)} %, ${row.errors} errors`,
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
    // Where nothing can be hit, nothing is missed.
    shareOfOracle: oracleHitRate === 0 ? 1 : figures.hitRate / oracleHitRate,
  };
}
