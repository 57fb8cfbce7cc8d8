import type { Sample } from "./driver";
import type { ArmResult, ReplicaLoad } from "./result";
import { imbalance, sum, summarize } from "./statistics";

/** One round of one arm. */
export interface Round {
  readonly samples: readonly Sample[];
  /** Its duration. */
  readonly seconds: number;
  readonly replicas: readonly ReplicaLoad[];
}

/** A share; undefined if there is nothing to take it of. */
function share(part: number, whole: number): number | undefined {
  return whole > 0 ? part / whole : undefined;
}

/** The result of an arm, from its rounds. */
export function aggregate(rounds: readonly Round[]): ArmResult {
  const samples = rounds.flatMap((round) => round.samples);
  const good = samples.filter(({ completion }) => completion.error === undefined);
  const errors: Record<string, number> = {};
  for (const { completion } of samples) {
    if (completion.error !== undefined) errors[completion.error] = (errors[completion.error] ?? 0) + 1;
  }
  const ttft = (cold: boolean): number[] =>
    good.filter((sample) => sample.cold === cold).flatMap(({ completion }) => completion.ttftMs ?? []);
  const [ttftCold, ttftWarm] = [summarize(ttft(true)), summarize(ttft(false))];
  const replicas = replicasOf(rounds);
  const queries = sum(replicas.map((one) => one.queries));
  const hits = sum(replicas.map((one) => one.hits));
  const seconds = sum(rounds.map((round) => round.seconds));
  const usage = usageOf(good);
  return {
    requests: samples.length,
    errors,
    errorShare: share(samples.length - good.length, samples.length) ?? 0,
    hitRate: share(hits, queries),
    hits,
    queries,
    usage,
    ttftCold,
    ttftWarm,
    ttftImprovement: ttftCold.count > 0 && ttftWarm.count > 0 ? 1 - ttftWarm.p50 / ttftCold.p50 : undefined,
    interTokenLatency: summarize(good.flatMap(({ completion }) => [...completion.gapsMs])),
    requestsPerSecond: share(good.length, seconds) ?? 0,
    outputTokensPerSecond: share(usage.completionTokens, seconds) ?? 0,
    replicas,
    imbalance: imbalance(replicas.map((one) => one.requests)),
  };
}

function usageOf(samples: readonly Sample[]): ArmResult["usage"] {
  const usages = samples.flatMap(({ completion }) => completion.usage ?? []);
  const promptTokens = sum(usages.map((usage) => usage.promptTokens));
  const completionTokens = sum(usages.map((usage) => usage.completionTokens));
  const cached = usages.flatMap((usage) => usage.cachedTokens ?? []);
  // vLLM omits the field if nothing was cached. So one answer with the field shows that the server reports it.
  if (cached.length === 0) return { promptTokens, completionTokens };
  const cachedTokens = sum(cached);
  return {
    promptTokens,
    completionTokens,
    cachedTokens,
    hitRate: share(cachedTokens, promptTokens),
    requestsFromCache: cached.filter((tokens) => tokens > 0).length,
  };
}

function replicasOf(rounds: readonly Round[]): readonly ReplicaLoad[] {
  const all = new Map<string, ReplicaLoad>();
  for (const load of rounds.flatMap(({ replicas }) => replicas)) {
    const before = all.get(load.name) ?? { name: load.name, requests: 0, queries: 0, hits: 0 };
    all.set(load.name, {
      name: load.name,
      requests: before.requests + load.requests,
      queries: before.queries + load.queries,
      hits: before.hits + load.hits,
    });
  }
  return [...all.values()].sort((left, right) => left.name.localeCompare(right.name));
}
