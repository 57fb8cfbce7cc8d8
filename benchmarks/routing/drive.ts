import { counted, parseCounters, readMetrics } from "../../validation/client/counters";
import type { Endpoint } from "../../validation/client/endpoint";
import { drive, type Route, type Sample } from "../../validation/driver";
import { imbalance, mean, percentile, sum } from "../../validation/statistics";
import type { Trace } from "../../validation/workload";
import { type Load, measured } from "../load";
import type { RoutingRow } from "../results";

/** A trace that was driven once. */
export interface Round extends Load {
  readonly samples: readonly Omit<Sample, "cold">[];
  /** Requests that each replica answered, by its own counters. */
  readonly served: readonly number[];
}

/**
 * Drives a trace once. Unlike the validation, it does not send the requests that open a group first: the benchmark also
 * compares how policies handle several of them at once.
 */
export async function driveRound(
  trace: Trace,
  route: Route,
  pods: readonly Endpoint[],
  options: { readonly model: string; readonly concurrency: number; readonly rampMs: number },
): Promise<Round> {
  const counters = () => Promise.all(pods.map(async (pod) => parseCounters(await readMetrics(pod))));
  const before = await counters();
  const [samples, load] = await measured(() => drive(trace, route, { ...options, openersFirst: false }));
  const served = (await counters()).map((after, index) => counted(before[index] ?? after, after).requests);
  return { ...load, samples, served };
}

/** The prompts, in the order in which they were sent. */
export function promptsOf(round: Round): readonly string[] {
  return [...round.samples]
    .sort((left, right) => left.completion.sentAt - right.completion.sentAt)
    .map(({ request }) => request.prompt);
}

/** The figures of one policy's rounds, without what the oracle and the environment add. */
export type Figures = Omit<
  RoutingRow,
  "workload" | "split" | "replicas" | "cache" | "policy" | "oracleHitRate" | "shareOfOracle"
>;

/** A request is cold if at most this share of its prompt was cached. */
const COLD = 0.1;
/** A request is warm if at least this share of its prompt was cached. */
const WARM = 0.5;

/**
 * The figures of one policy's rounds. Failed requests count as errors and in no other figure.
 *
 * @throws Error if no request was answered
 */
export function figuresOf(rounds: readonly Round[]): Figures {
  const samples = rounds.flatMap((round) => round.samples);
  const good = samples.flatMap(({ completion }) => {
    const { error, usage, ttftMs } = completion;
    if (error !== undefined || usage === undefined || ttftMs === undefined) return [];
    return [{ ttftMs, prompt: usage.promptTokens, cached: usage.cachedTokens ?? 0 }];
  });
  if (good.length === 0) {
    throw new Error(`no request was answered; the first: ${samples[0]?.completion.error ?? "none was sent"}`);
  }
  const ttfts = good.map(({ ttftMs }) => ttftMs);
  const median = (of: (cachedShare: number) => boolean): number | undefined => {
    const values = good.filter(({ prompt, cached }) => of(cached / prompt)).map(({ ttftMs }) => ttftMs);
    return values.length === 0 ? undefined : percentile(values, 0.5);
  };
  return {
    requests: samples.length,
    errors: samples.length - good.length,
    hitRate: sum(good.map(({ cached }) => cached)) / sum(good.map(({ prompt }) => prompt)),
    ttftP50Ms: percentile(ttfts, 0.5),
    ttftP95Ms: percentile(ttfts, 0.95),
    ttftColdP50Ms: median((share) => share <= COLD),
    ttftWarmP50Ms: median((share) => share >= WARM),
    throughput: good.length / sum(rounds.map(({ seconds }) => seconds)),
    imbalance: mean(rounds.map(({ served }) => imbalance(served))),
    cpu: Math.max(...rounds.map(({ cpu }) => cpu)),
  };
}
