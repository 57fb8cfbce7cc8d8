import { aggregate } from "./aggregate";
import { parseCacheConfig, readMetrics, sumOfMetric } from "./client/counters";
import { closeConnections, type Endpoint, get } from "./client/endpoint";
import { diagnose } from "./diagnosis";
import { roundRobin, through } from "./driver";
import { type ClusterAccess, throughApi } from "./environment/access";
import { type EnvironmentState, inspect, type Replica } from "./environment/inspect";
import { failuresOf, gainOf, mismatches } from "./judge";
import { type Measurement, type ReachedReplica, Run } from "./measure";
import type { Arm, ArmResult, ModelResult, ValidationResult } from "./result";
import type { ModelTarget } from "./runSettings";
import { percentile } from "./statistics";
import { distinctTokens, sharedPrefixTrace } from "./workload";

/** How long a pod's own address is tried before the API server's proxy is used, in milliseconds. */
const DIRECT_TIMEOUT_MS = 1500;
/** Small requests that measure the round trip of a path. */
const PATH_PROBES = 5;
/** The endpoint picker's metrics port, and its counter of choices. */
const PICKER_METRICS_PORT = 9090;
const PICKER_CHOICES = "inference_extension_scheduler_e2e_duration_seconds_count";

/** Validates every model of an environment, one after the other, so that no model slows down another. */
export async function validate(measurement: Measurement): Promise<ValidationResult> {
  const { thresholds, workload, rounds, concurrency, models: targets } = measurement.settings;
  const startedAt = new Date().toISOString();
  const began = performance.now();
  const models: ModelResult[] = [];
  try {
    for (const model of targets) models.push(await validateModel(model, measurement));
  } finally {
    closeConnections();
  }
  const seconds = (performance.now() - began) / 1000;
  const verdict = models.every((model) => model.verdict === "passed") ? "passed" : "failed";
  return { startedAt, seconds, verdict, thresholds, workload, rounds, concurrency, models };
}

/**
 * Validates one model: the same workload through the gateway and round robin to the same replicas, alternately. Every
 * round has its own prompts, so that it finds nothing that another one left in a cache.
 */
export async function validateModel(model: ModelTarget, measurement: Measurement): Promise<ModelResult> {
  const { settings, access } = measurement;
  const before = await inspect(access, model.pathPrefix);
  const ready = before.replicas.filter((replica) => replica.ready);
  const direct = await isReachable(ready[0]);
  const reached: readonly ReachedReplica[] = ready.map((replica) => ({
    replica,
    endpoint: direct
      ? { url: `http://${replica.address}:${replica.port}` }
      : throughApi(access, replica.name, replica.port),
  }));
  const replicas = await withCaches(before.replicas, reached);
  const gatewayEndpoint: Endpoint = {
    url: model.gatewayUrl + model.pathPrefix,
    headers: { ...settings.headers, ...measurement.headers },
  };
  const pathMs = { gateway: await roundTrip(gatewayEndpoint), control: await roundTrip(reached[0]?.endpoint) };
  const chosenBefore = await choices(access, before, direct);
  const run = new Run(model, measurement, reached);
  const trace = (arm: Arm, round: number) =>
    sharedPrefixTrace({ ...settings.workload, seed: `${measurement.salt} ${round} ${arm}` });
  for (let round = 1; round <= settings.rounds; round++) {
    const arms: Arm[] = round % 2 === 1 ? ["gateway", "control"] : ["control", "gateway"];
    for (const arm of arms) {
      const [first, ...others] = reached.map(({ endpoint }) => endpoint);
      if (arm === "gateway") await run.round(arm, round, trace(arm, round), through(gatewayEndpoint));
      else if (first !== undefined) await run.round(arm, round, trace(arm, round), roundRobin([first, ...others]));
    }
  }
  const chosenAfter = await choices(access, before, direct);
  // What is wrong may have gone wrong during the run.
  const after = await inspect(access, model.pathPrefix);
  const gateway = aggregate(run.rounds.gateway);
  const control = run.rounds.control.length === 0 ? undefined : aggregate(run.rounds.control);
  const failures = failuresOf(settings.thresholds, gateway, control);
  const scheduled = chosenBefore === undefined || chosenAfter === undefined ? undefined : chosenAfter - chosenBefore;
  const workingSetTokens = distinctTokens(trace("gateway", settings.rounds));
  return {
    model,
    verdict: failures.length === 0 ? "passed" : "failed",
    failures,
    diagnoses:
      failures.length === 0
        ? []
        : diagnose({ state: { ...after, replicas }, gateway, control, scheduled, workingSetTokens }),
    notes: notesOf(gateway, control, direct, scheduled),
    gain: gainOf(gateway, control),
    gateway,
    control,
    controlPath: reached.length === 0 ? "none" : direct ? "pods" : "API server",
    pathMs,
    timeline: run.timeline,
  };
}

function notesOf(
  gateway: ArmResult,
  control: ArmResult | undefined,
  direct: boolean,
  scheduled: number | undefined,
): readonly string[] {
  const notes = [...mismatches(gateway, "Gateway"), ...(control === undefined ? [] : mismatches(control, "Control"))];
  if (gateway.usage.cachedTokens === undefined && gateway.requests > 0) {
    notes.push(
      "The answers do not report cached tokens (vLLM: --enable-prompt-tokens-details), so the counters are not cross-checked.",
    );
  }
  if (!direct) {
    notes.push(
      "The control went through the API server, so its times are not comparable; its hit rates and loads are.",
    );
  }
  if (scheduled === undefined) {
    notes.push(
      "The endpoint picker's counter of choices could not be read. With monitoring on, reading it needs a token.",
    );
  }
  return notes;
}

/** Whether this process can reach a pod's own address, as it can inside of the cluster's network. */
async function isReachable(replica: Replica | undefined): Promise<boolean> {
  if (replica === undefined) return false;
  const endpoint = { url: `http://${replica.address}:${replica.port}` };
  return get(endpoint, "/health", DIRECT_TIMEOUT_MS).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** The replicas with the cache configuration that each reached one reports. */
async function withCaches(all: readonly Replica[], reached: readonly ReachedReplica[]): Promise<readonly Replica[]> {
  return Promise.all(
    all.map(async (replica) => {
      const endpoint = reached.find((one) => one.replica === replica)?.endpoint;
      if (endpoint === undefined) return replica;
      return { ...replica, cache: parseCacheConfig(await readMetrics(endpoint)) };
    }),
  );
}

/** The median round trip of a small request, in milliseconds; undefined if a request fails. */
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

/** The choices that the endpoint picker has made; undefined if its metrics cannot be read. */
async function choices(
  access: ClusterAccess,
  { picker: { podName, address } }: EnvironmentState,
  direct: boolean,
): Promise<number | undefined> {
  if (podName === undefined || address === undefined) return undefined;
  const endpoint = direct
    ? { url: `http://${address}:${PICKER_METRICS_PORT}` }
    : throughApi(access, podName, PICKER_METRICS_PORT);
  return readMetrics(endpoint).then(
    // Prometheus does not export a counter before its first event.
    (text) => sumOfMetric(text, PICKER_CHOICES) ?? 0,
    () => undefined,
  );
}
