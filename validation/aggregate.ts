import type { Sample } from "./driver";
import type { ArmResult, ReplicaLoad } from "./result";
import { imbalance, summarize } from "./statistics";
import { requestsOf, type Trace } from "./workload/trace";

/** One round of one arm. */
export interface Round {
  readonly samples: readonly Sample[];
  /** How long it took. */
  readonly seconds: number;
  readonly replicas: readonly ReplicaLoad[];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** A share; undefined of nothing. */
function share(part: number, whole: number): number | undefined {
  return whole > 0 ? part / whole : undefined;
}

/** What the rounds of an arm come to. */
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
  const [queries, hits] = [sum(replicas.map((one) => one.queries)), sum(replicas.map((one) => one.hits))];
  const hitRate = share(hits, queries);
  const seconds = sum(rounds.map((round) => round.seconds));
  const usage = usageOf(good);
  return {
    requests: samples.length,
    errors,
    errorShare: share(samples.length - good.length, samples.length) ?? 0,
    ...(hitRate === undefined ? {} : { hitRate }),
    hits,
    queries,
    usage,
    ttftCold,
    ttftWarm,
    ...(ttftCold.count > 0 && ttftWarm.count > 0 ? { ttftImprovement: 1 - ttftWarm.p50 / ttftCold.p50 } : {}),
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
  // vLLM leaves the field out where nothing was cached, so it counts as told when any answer has it.
  if (cached.length === 0) return { promptTokens, completionTokens };
  const cachedTokens = sum(cached);
  const hitRate = share(cachedTokens, promptTokens);
  return {
    promptTokens,
    completionTokens,
    cachedTokens,
    ...(hitRate === undefined ? {} : { hitRate }),
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

/** Tokens of a trace that are not the repetition of earlier ones, by its own count of about a token for a word. */
export function distinctTokens(trace: Trace): number {
  let words = 0;
  const seen = new Set<string>();
  for (const request of requestsOf(trace)) {
    for (const line of request.prompt.split("\n")) {
      if (seen.has(line)) continue;
      seen.add(line);
      words += line.split(" ").length;
    }
  }
  return words;
}
