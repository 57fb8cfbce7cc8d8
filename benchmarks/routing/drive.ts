import { setTimeout } from "node:timers/promises";
import { type Completion, streamCompletion } from "../../validation/client/completion";
import { counted, parseCounters, readMetrics } from "../../validation/client/counters";
import type { Endpoint } from "../../validation/client/endpoint";
import { imbalance, mean, percentile } from "../../validation/statistics";
import type { Trace, TraceRequest } from "../../validation/workload";
import { CpuMeter } from "../cpu";
import type { Route } from "../../validation/driver";

/** A request and how it went. */
export interface Driven {
  readonly request: TraceRequest;
  readonly completion: Completion;
}

/** A trace that was driven once. */
export interface Round {
  readonly driven: readonly Driven[];
  readonly seconds: number;
  /** Use of the CPUs meanwhile, 0 to 1. */
  readonly cpu: number;
  /** Requests that each replica answered meanwhile, by its own counters. */
  readonly served: readonly number[];
}

/** How a trace is driven. */
export interface DriveArgs {
  readonly model: string;
  /** Clients, each with one session at a time. */
  readonly concurrency: number;
  /** Time from one client's first request to the next one's, in milliseconds. */
  readonly rampMs: number;
  readonly pods: readonly Endpoint[];
}

/**
 * Drives all sessions of a trace, so many at once, each with one request at a time. Unlike the validation it sends no
 * request apart from the others: what several at once do to a policy is part of what is compared.
 */
export async function driveRound(
  trace: Trace,
  route: Route,
  { model, concurrency, rampMs, pods }: DriveArgs,
): Promise<Round> {
  const counters = () => Promise.all(pods.map(async (pod) => parseCounters(await readMetrics(pod))));
  const before = await counters();
  const driven: Driven[] = [];
  const sessions = [...trace.sessions];
  const cpu = new CpuMeter();
  const began = performance.now();
  const client = async (_: unknown, number: number): Promise<void> => {
    await setTimeout(number * rampMs);
    for (let session = sessions.shift(); session !== undefined; session = sessions.shift()) {
      for (const request of session) {
        const { prompt, maxTokens } = request;
        driven.push({ request, completion: await streamCompletion(route(request), { model, prompt, maxTokens }) });
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  const [seconds, used] = [(performance.now() - began) / 1000, cpu.take()];
  const served = (await counters()).map((after, index) => counted(before[index] ?? after, after).requests);
  return { driven, seconds, cpu: used, served };
}

/** Prompts in the order in which they were sent. */
export function promptsOf(round: Round): readonly string[] {
  return [...round.driven]
    .sort((left, right) => left.completion.sentAt - right.completion.sentAt)
    .map(({ request }) => request.prompt);
}

/** What rounds of one policy come to. */
export interface Figures {
  readonly requests: number;
  readonly errors: number;
  readonly hitRate: number;
  readonly ttftP50Ms: number;
  readonly ttftP95Ms: number;
  readonly ttftColdP50Ms?: number;
  readonly ttftWarmP50Ms?: number;
  readonly throughput: number;
  readonly imbalance: number;
  readonly cpu: number;
}

/** A request counts as cold with at most this share of its prompt cached, and as warm from the other share on. */
const COLD = 0.1;
const WARM = 0.5;

/** Puts rounds of one policy together. Requests that failed count as such and in nothing else. */
export function figuresOf(rounds: readonly Round[]): Figures {
  const driven = rounds.flatMap((round) => round.driven);
  const good = driven.flatMap(({ completion }) => {
    const { error, usage, ttftMs } = completion;
    if (error !== undefined || usage === undefined || ttftMs === undefined) return [];
    return [{ ttftMs, prompt: usage.promptTokens, cached: usage.cachedTokens ?? 0 }];
  });
  if (good.length === 0) {
    throw new Error(`no request was answered; the first: ${driven[0]?.completion.error ?? "none was sent"}`);
  }
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const median = (share: (cached: number) => boolean): number | undefined => {
    const values = good.filter(({ prompt, cached }) => share(cached / prompt)).map(({ ttftMs }) => ttftMs);
    return values.length === 0 ? undefined : percentile(values, 0.5);
  };
  const [cold, warm] = [median((cached) => cached <= COLD), median((cached) => cached >= WARM)];
  return {
    requests: driven.length,
    errors: driven.length - good.length,
    hitRate: sum(good.map(({ cached }) => cached)) / sum(good.map(({ prompt }) => prompt)),
    ttftP50Ms: percentile(
      good.map(({ ttftMs }) => ttftMs),
      0.5,
    ),
    ttftP95Ms: percentile(
      good.map(({ ttftMs }) => ttftMs),
      0.95,
    ),
    ...(cold === undefined ? {} : { ttftColdP50Ms: cold }),
    ...(warm === undefined ? {} : { ttftWarmP50Ms: warm }),
    throughput: good.length / sum(rounds.map(({ seconds }) => seconds)),
    imbalance: mean(rounds.map(({ served }) => imbalance(served))),
    cpu: Math.max(...rounds.map(({ cpu }) => cpu)),
  };
}
