import { aggregate, distinctTokens, type Round } from "./aggregate";
import {
  counted,
  parseCacheConfig,
  parseCounters,
  readMetrics,
  type ServerCounters,
  sumOfMetric,
} from "./client/counters";
import { type Endpoint, get } from "./client/endpoint";
import { diagnose } from "./diagnosis";
import { drive, requestCount, roundRobin, type Route, through } from "./driver";
import { type ClusterAccess, throughApi } from "./environment/access";
import { inspect } from "./environment/inspect";
import type { EnvironmentState, Replica } from "./environment/state";
import { failuresOf, gainOf, mismatches } from "./judge";
import type { Arm, ArmResult, ModelResult, ReplicaLoad, TimelinePoint } from "./result";
import type { ModelTarget, ValidationSettings } from "./runSettings";
import { percentile } from "./statistics";
import { sharedPrefixTrace, type Trace } from "./workload/trace";

/** How far a validation is. */
export interface Progress {
  readonly model: string;
  readonly arm: Arm;
  /** From 1. */
  readonly round: number;
  readonly rounds: number;
  readonly done: number;
  readonly requests: number;
  readonly errors: number;
  /** Of this round so far, by the counters. */
  readonly hitRate?: number;
}

/** What a measurement works with. */
export interface Measurement {
  readonly settings: ValidationSettings;
  readonly access: ClusterAccess;
  /** Makes the prompts different from those of any other run. */
  readonly salt: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** How long a pod's own address is tried before the way through the API server is taken, in milliseconds. */
const DIRECT_TIMEOUT_MS = 1500;
/** How often the counters are read while requests run, in milliseconds. */
const SAMPLING_MS = 1000;
/** How long the counters may lag behind the answers, in milliseconds. */
const SETTLE_MS = 3000;
/** Small requests by which a path's round trip is measured. */
const PATH_PROBES = 5;
/** Where the endpoint picker has its metrics, and what it counts each choice by. */
const PICKER_METRICS_PORT = 9090;
const PICKER_CHOICES = "inference_extension_scheduler_e2e_duration_seconds_count";

/** A replica with the way to it. */
interface Reached {
  readonly replica: Replica;
  readonly endpoint: Endpoint;
}

/**
 * Validates one model: the same workload through the gateway and in turn over the same replicas, alternately, each round
 * of each with prompts of its own, so that neither finds what the other left in a cache.
 */
export async function validateModel(model: ModelTarget, measurement: Measurement): Promise<ModelResult> {
  const { settings, access } = measurement;
  const before = await inspect(access, model.pathPrefix);
  const ready = before.replicas.filter((replica) => replica.ready);
  const direct = await isReachable(ready[0]);
  const reached: readonly Reached[] = ready.map((replica) => ({
    replica,
    endpoint: direct
      ? { url: `http://${replica.address}:${replica.port}` }
      : throughApi(access, replica.name, replica.port),
  }));
  const state: EnvironmentState = { ...before, replicas: await withCaches(before.replicas, reached) };
  const gateway: Endpoint = {
    url: model.gatewayUrl + model.pathPrefix,
    headers: { ...settings.headers, ...measurement.headers },
  };
  const run = new Run(model, measurement, reached);
  const pathMs = { gateway: await roundTrip(gateway), control: await roundTrip(reached[0]?.endpoint) };
  const chosenBefore = await choices(access, state, direct);
  let workingSetTokens = 0;
  for (let round = 1; round <= settings.rounds; round++) {
    const trace = (arm: Arm): Trace =>
      sharedPrefixTrace({ ...settings.workload, seed: `${measurement.salt} ${round} ${arm}` });
    workingSetTokens = distinctTokens(trace("gateway"));
    const arms: Arm[] = round % 2 === 1 ? ["gateway", "control"] : ["control", "gateway"];
    for (const arm of arms) {
      const [first, ...others] = reached.map(({ endpoint }) => endpoint);
      if (arm === "gateway") await run.round(arm, round, trace(arm), through(gateway));
      else if (first !== undefined) await run.round(arm, round, trace(arm), roundRobin([first, ...others]));
    }
  }
  const chosenAfter = await choices(access, state, direct);
  const after = await inspect(access, model.pathPrefix);
  const results = { gateway: aggregate(run.rounds.gateway), control: controlOf(run.rounds.control) };
  const failures = failuresOf(settings.thresholds, results.gateway, results.control);
  const gain = gainOf(results.gateway, results.control);
  const scheduled = chosenBefore === undefined || chosenAfter === undefined ? undefined : chosenAfter - chosenBefore;
  return {
    model,
    verdict: failures.length === 0 ? "passed" : "failed",
    failures,
    diagnoses:
      failures.length === 0
        ? []
        : diagnose({
            // What went wrong may have gone wrong while it ran.
            state: { ...after, replicas: state.replicas },
            gateway: results.gateway,
            ...(results.control === undefined ? {} : { control: results.control }),
            ...(scheduled === undefined ? {} : { scheduled }),
            workingSetTokens,
          }),
    notes: notesOf(results.gateway, results.control, direct, scheduled),
    ...(gain === undefined ? {} : { gain }),
    gateway: results.gateway,
    ...(results.control === undefined ? {} : { control: results.control }),
    controlPath: reached.length === 0 ? "none" : direct ? "pods" : "API server",
    pathMs,
    timeline: run.timeline,
  };
}

function controlOf(rounds: readonly Round[]): ArmResult | undefined {
  return rounds.length === 0 ? undefined : aggregate(rounds);
}

function notesOf(
  gateway: ArmResult,
  control: ArmResult | undefined,
  direct: boolean,
  scheduled: number | undefined,
): readonly string[] {
  return [
    ...mismatches(gateway, "Gateway"),
    ...(control === undefined ? [] : mismatches(control, "Control")),
    ...(gateway.usage.cachedTokens === undefined && gateway.requests > 0
      ? [
          "The answers do not say how many tokens were cached (vLLM: --enable-prompt-tokens-details): not cross-checked.",
        ]
      : []),
    ...(direct
      ? []
      : ["The control went through the API server, so its times are not comparable; hit rates and load are."]),
    ...(scheduled === undefined
      ? ["The endpoint picker's own count of choices could not be read: with monitoring on it asks for a token."]
      : []),
  ];
}

/** The rounds of one model. */
class Run {
  readonly rounds: Record<Arm, Round[]> = { gateway: [], control: [] };
  readonly timeline: TimelinePoint[] = [];
  private readonly began = performance.now();

  constructor(
    private readonly model: ModelTarget,
    private readonly measurement: Measurement,
    private readonly reached: readonly Reached[],
  ) {}

  async round(arm: Arm, round: number, trace: Trace, route: Route): Promise<void> {
    const { settings, onProgress, signal } = this.measurement;
    const before = await this.counters();
    const counts = { done: 0, errors: 0 };
    let hitRate: number | undefined;
    const tell = (): void =>
      onProgress?.({
        ...{ model: this.model.name, arm, round, rounds: settings.rounds, requests: requestCount(trace) },
        ...counts,
        ...(hitRate === undefined ? {} : { hitRate }),
      });
    const look = async (): Promise<void> => {
      const loads = await this.since(before);
      const queries = loads.reduce((total, load) => total + load.queries, 0);
      if (queries === 0) return;
      hitRate = loads.reduce((total, load) => total + load.hits, 0) / queries;
      this.timeline.push({ seconds: (performance.now() - this.began) / 1000, arm, round, hitRate });
      tell();
    };
    // One look at a time: the next one is due when the one before is over.
    let looking = Promise.resolve();
    let idle = true;
    const timer = setInterval(() => {
      if (!idle) return;
      idle = false;
      looking = look()
        .catch(() => undefined)
        .finally(() => (idle = true));
    }, SAMPLING_MS);
    const start = performance.now();
    const samples = await drive(trace, route, {
      model: this.model.name,
      concurrency: settings.concurrency,
      onSample: ({ completion }) => {
        counts.done++;
        if (completion.error !== undefined) counts.errors++;
        tell();
      },
      ...(signal === undefined ? {} : { signal }),
    }).finally(() => clearInterval(timer));
    const seconds = (performance.now() - start) / 1000;
    await looking;
    await this.settled(before, samples.length - counts.errors);
    await look();
    this.rounds[arm].push({ samples, seconds, replicas: await this.since(before) });
  }

  /** Waits until the counters have the requests that were answered; they are updated after the answer is out. */
  private async settled(before: ReadonlyMap<string, ServerCounters>, answered: number): Promise<void> {
    const end = performance.now() + SETTLE_MS;
    for (;;) {
      const loads = await this.since(before);
      if (loads.reduce((total, load) => total + load.requests, 0) >= answered || performance.now() > end) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  private async counters(): Promise<ReadonlyMap<string, ServerCounters>> {
    const read = this.reached.map(
      async ({ replica, endpoint }) => [replica.name, parseCounters(await readMetrics(endpoint))] as const,
    );
    return new Map(await Promise.all(read));
  }

  private async since(before: ReadonlyMap<string, ServerCounters>): Promise<readonly ReplicaLoad[]> {
    const now = await this.counters();
    return [...now].map(([name, counters]) => {
      const { requests, queries, hits } = counted(before.get(name) ?? counters, counters);
      return { name, requests, queries, hits };
    });
  }
}

/** Whether a pod's own address can be reached from here, as it can be inside of the cluster's network. */
async function isReachable(replica: Replica | undefined): Promise<boolean> {
  if (replica === undefined) return false;
  const endpoint = { url: `http://${replica.address}:${replica.port}` };
  return get(endpoint, "/health", DIRECT_TIMEOUT_MS).then(
    ({ status }) => status === 200,
    () => false,
  );
}

async function withCaches(all: readonly Replica[], reached: readonly Reached[]): Promise<readonly Replica[]> {
  return Promise.all(
    all.map(async (replica) => {
      const endpoint = reached.find((one) => one.replica === replica)?.endpoint;
      if (endpoint === undefined) return replica;
      return { ...replica, cache: parseCacheConfig(await readMetrics(endpoint)) };
    }),
  );
}

/** The median round trip of a small request, in milliseconds; undefined where it does not come through. */
async function roundTrip(endpoint: Endpoint | undefined): Promise<number | undefined> {
  if (endpoint === undefined) return undefined;
  const times: number[] = [];
  for (let probe = 0; probe < PATH_PROBES; probe++) {
    const start = performance.now();
    const answer = await get(endpoint, "/v1/models").catch(() => undefined);
    if (answer?.status !== 200) return undefined;
    times.push(performance.now() - start);
  }
  return percentile(times, 0.5);
}

/** How many choices the endpoint picker has made; undefined where it does not tell us. */
async function choices(access: ClusterAccess, state: EnvironmentState, direct: boolean): Promise<number | undefined> {
  const { podName, address } = state.picker;
  if (podName === undefined || address === undefined) return undefined;
  const endpoint = direct
    ? { url: `http://${address}:${PICKER_METRICS_PORT}` }
    : throughApi(access, podName, PICKER_METRICS_PORT);
  return readMetrics(endpoint).then(
    // A counter that was never counted is not exported.
    (text) => sumOfMetric(text, PICKER_CHOICES) ?? 0,
    () => undefined,
  );
}
