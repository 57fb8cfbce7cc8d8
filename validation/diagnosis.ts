import type { EnvironmentState, Replica } from "./environment/inspect";
import type { ArmResult, Cause, Diagnosis } from "./result";
import { percent, sum } from "./statistics";

/** The input of a diagnosis. */
export interface Evidence {
  readonly state: EnvironmentState;
  readonly gateway: ArmResult;
  readonly control?: ArmResult;
  /** Requests that the endpoint picker scheduled during the gateway's rounds; undefined if its metrics cannot be read. */
  readonly scheduled?: number;
  /** Distinct tokens of one round's prompts. */
  readonly workingSetTokens: number;
}

/** Characters for each token that the endpoint picker assumes (v1.3.1, averageCharactersPerToken). */
const CHARACTERS_PER_TOKEN = 4;

type Rule = (evidence: Evidence) => Omit<Diagnosis, "cause"> | undefined;

/** The rules. A cause that hides others comes before them: without a pool nothing else can be observed. */
const RULES: readonly (readonly [Cause, Rule])[] = [
  ["pool-not-accepted", poolNotAccepted],
  ["no-ready-replica", noReadyReplica],
  ["picker-failing-open", pickerFailingOpen],
  ["picker-not-ready", pickerNotReady],
  ["prefix-caching-off", prefixCachingOff],
  ["prefix-scorer-off", prefixScorerOff],
  ["block-sizes-differ", blockSizesDiffer],
  ["cache-too-small", cacheTooSmall],
  ["one-replica", oneReplica],
];

/** The causes of a failed validation, the most basic one first; "unexplained", with figures, if no known cause applies. */
export function diagnose(evidence: Evidence): readonly Diagnosis[] {
  const found = RULES.flatMap(([cause, rule]): Diagnosis[] => {
    const diagnosis = rule(evidence);
    return diagnosis === undefined ? [] : [{ cause, ...diagnosis }];
  });
  return found.length > 0 ? found : [unexplained(evidence)];
}

function poolNotAccepted({ state: { route, pool } }: Evidence): ReturnType<Rule> {
  const remedy =
    "Istio 1.27 watches only pools of inference.networking.x-k8s.io/v1alpha2, later versions only those of " +
    "inference.networking.k8s.io/v1. The route must name the same group. istiod needs " +
    "ENABLE_GATEWAY_API_INFERENCE_EXTENSION=true. kubectl get httproute,inferencepool -o yaml shows the conditions.";
  if (route === undefined) return { seen: "No HTTPRoute has this model's path.", remedy };
  if (pool === undefined)
    return { seen: `HTTPRoute ${route.name} has no existing InferencePool as its backend.`, remedy };
  const all = [
    ...route.conditions.map((condition) => ({ of: `HTTPRoute ${route.name}`, ...condition })),
    ...pool.conditions.map((condition) => ({ of: `InferencePool ${pool.name}`, ...condition })),
  ].filter(({ type }) => type === "Accepted" || type === "ResolvedRefs");
  const refused = all.find(({ status }) => status !== "True");
  if (refused !== undefined) {
    const why = [refused.reason, refused.message].filter(Boolean).join(": ");
    return { seen: `${refused.of} is not ${refused.type}${why === "" ? "" : ` (${why})`}.`, remedy };
  }
  if (pool.conditions.length === 0) {
    return { seen: `No gateway has accepted InferencePool ${pool.name} (${pool.api}): its status is empty.`, remedy };
  }
  return undefined;
}

const ready = (state: EnvironmentState): readonly Replica[] => state.replicas.filter((replica) => replica.ready);

function noReadyReplica({ state }: Evidence): ReturnType<Rule> {
  if (ready(state).length > 0) return undefined;
  return {
    seen: `None of ${state.replicas.length} replicas is ready.`,
    remedy:
      "Run kubectl describe on the decode pods. They wait for GPUs, their image, weights or the Hugging Face token.",
  };
}

function oneReplica({ state }: Evidence): ReturnType<Rule> {
  const [only, ...others] = ready(state);
  if (only === undefined || others.length > 0) return undefined;
  return {
    seen: `There is only one replica (${only.name}). It gets every request, so there is nothing to choose or to gain.`,
    remedy: "Set models[].replicas to 2 or more.",
  };
}

function prefixCachingOff({ state, gateway, control }: Evidence): ReturnType<Rule> {
  const remedy = "Set models[].prefixCaching: true (vLLM: --enable-prefix-caching).";
  const off = ready(state).find(
    ({ prefixCachingArgument, cache }) => prefixCachingArgument === false || cache?.prefixCaching === false,
  );
  if (off !== undefined) return { seen: `Prefix caching is off in vLLM, according to ${off.name}.`, remedy };
  const hits = gateway.hits + (control?.hits ?? 0) + (gateway.usage.cachedTokens ?? 0);
  if (gateway.requests === 0 || gateway.errorShare >= 0.5 || hits > 0) return undefined;
  return { seen: "No replica found any token in its cache, neither through the gateway nor directly.", remedy };
}

function pickerFailingOpen({ state, gateway, scheduled }: Evidence): ReturnType<Rule> {
  const { pool, picker } = state;
  const answered = gateway.requests * (1 - gateway.errorShare);
  const missed = scheduled !== undefined && answered > 0 && scheduled < answered * 0.9;
  if (pool?.failureMode !== "FailOpen" || !(picker.ready === 0 || missed)) return undefined;
  const seen =
    picker.ready === 0
      ? `None of ${picker.pods} endpoint picker pods is ready`
      : `The endpoint picker scheduled ${scheduled} of ${Math.round(answered)} requests`;
  return {
    seen: `${seen}, and the pool is FailOpen: the gateway sends requests to any replica.`,
    remedy:
      "Run kubectl logs on the endpoint picker. With endpointPicker.failureMode: FailClose, requests fail instead.",
  };
}

function pickerNotReady({ state: { pool, picker } }: Evidence): ReturnType<Rule> {
  if (pool === undefined || pool.failureMode === "FailOpen" || picker.ready > 0) return undefined;
  return {
    seen: `None of ${picker.pods} endpoint picker pods is ready; the gateway refuses requests.`,
    remedy: "Run kubectl describe and kubectl logs on the endpoint picker's pods.",
  };
}

function prefixScorerOff({ state: { picker } }: Evidence): ReturnType<Rule> {
  if (picker.config === undefined || picker.config.prefixWeight > 0) return undefined;
  return {
    seen: "The endpoint picker does not score prefixes: no profile of its configuration has the prefix-cache-scorer.",
    remedy: "Set endpointPicker.weights.prefixCache above 0 (default 6).",
  };
}

function blockSizesDiffer({ state }: Evidence): ReturnType<Rule> {
  const { config } = state.picker;
  if (config?.blockCharacters === undefined) return undefined;
  const sizes = new Map(
    ready(state).flatMap(({ name, cache }) => (cache?.blockSize === undefined ? [] : [[name, cache.blockSize]])),
  );
  const distinct = [...new Set(sizes.values())];
  if (distinct.length > 1) {
    return {
      seen: `Replicas have blocks of ${distinct.join(" and ")} tokens.`,
      remedy: "Wait until the rollout is over, or set the same models[].blockSize for all of them.",
    };
  }
  const [actual] = distinct;
  const indexed = config.blockCharacters / CHARACTERS_PER_TOKEN;
  // With autoTune the endpoint picker takes the replicas' block size from their metrics.
  if (config.autoTune || actual === undefined || indexed === actual) return undefined;
  return {
    seen: `The endpoint picker assumes blocks of ${indexed} tokens (${config.blockCharacters} characters), vLLM has ${actual}.`,
    remedy: "Set models[].blockSize for both, or endpointPicker.prefixCache.autoTune: true.",
  };
}

function cacheTooSmall({ state, workingSetTokens }: Evidence): ReturnType<Rule> {
  const sizes = ready(state).map(({ cache }) => (cache?.blocks ?? NaN) * (cache?.blockSize ?? NaN));
  const capacity = sum(sizes);
  if (sizes.length === 0 || Number.isNaN(capacity) || workingSetTokens <= capacity) return undefined;
  return {
    seen: `One round has ${workingSetTokens} distinct tokens, but the caches of all replicas hold only ${capacity}.`,
    remedy:
      "Use more replicas, a higher models[].gpuMemoryUtilization or a smaller validation.workload. Blocks that do not fit " +
      "are evicted before they are used again.",
  };
}

function unexplained({ state, gateway, control }: Evidence): Diagnosis {
  const [through, roundRobin] = [gateway, control].map((arm) => percent(arm?.hitRate, "unknown"));
  return {
    cause: "unexplained",
    seen:
      `Route, pool, endpoint picker and ${ready(state).length} replicas look right. The hit rate through the gateway is ` +
      `${through}, round robin to the replicas ${roundRobin}.`,
    remedy:
      "Look for other traffic, for replicas that restarted, and for errors in the endpoint picker's log with " +
      "endpointPicker.logVerbosity: 4.",
  };
}
