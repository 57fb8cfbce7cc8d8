import type { EnvironmentState, Replica } from "./environment/state";
import type { ArmResult } from "./result";

/** Causes that are told apart. */
export type Cause =
  | "pool-not-accepted"
  | "no-ready-replica"
  | "one-replica"
  | "prefix-caching-off"
  | "picker-failing-open"
  | "picker-not-ready"
  | "prefix-scorer-off"
  | "block-sizes-differ"
  | "cache-too-small"
  | "unexplained";

/** Why a validation failed. */
export interface Diagnosis {
  readonly cause: Cause;
  /** What was seen. */
  readonly seen: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** What a diagnosis is made from. */
export interface Evidence {
  readonly state: EnvironmentState;
  readonly gateway: ArmResult;
  readonly control?: ArmResult;
  /** How many requests the endpoint picker scheduled while those of the gateway ran; undefined where it does not tell. */
  readonly scheduled?: number;
  /** Distinct tokens of one round's prompts. */
  readonly workingSetTokens: number;
}

/** Characters of a token, as the endpoint picker counts (v1.3.1, averageCharactersPerToken). */
const CHARACTERS_PER_TOKEN = 4;

type Rule = (evidence: Evidence) => Omit<Diagnosis, "cause"> | undefined;

/** The rules, in the order in which causes hide each other: without a pool nothing else can be seen. */
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

/** Why there is no gain, the first cause first; "unexplained", with the figures, where nothing is known to be wrong. */
export function diagnose(evidence: Evidence): readonly Diagnosis[] {
  const found = RULES.flatMap(([cause, rule]): Diagnosis[] => {
    const told = rule(evidence);
    return told === undefined ? [] : [{ cause, ...told }];
  });
  return found.length > 0 ? found : [unexplained(evidence)];
}

function poolNotAccepted({ state: { route, pool } }: Evidence): ReturnType<Rule> {
  const remedy =
    "Istio 1.27 watches pools of inference.networking.x-k8s.io/v1alpha2 only, later ones inference.networking.k8s.io/v1 " +
    "only, and the route has to name that group; istiod needs ENABLE_GATEWAY_API_INFERENCE_EXTENSION=true. " +
    "kubectl get httproute,inferencepool -o yaml shows the conditions.";
  if (route === undefined) return { seen: "No HTTPRoute has this model's path.", remedy };
  if (pool === undefined) return { seen: `HTTPRoute ${route.name} leads to no InferencePool that there is.`, remedy };
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
    return { seen: `No gateway has taken InferencePool ${pool.name} (${pool.api}): its status is empty.`, remedy };
  }
  return undefined;
}

const ready = (state: EnvironmentState): readonly Replica[] => state.replicas.filter((replica) => replica.ready);

function noReadyReplica({ state }: Evidence): ReturnType<Rule> {
  if (ready(state).length > 0) return undefined;
  return {
    seen: `None of ${state.replicas.length} replicas is ready.`,
    remedy: "kubectl describe the decode pods: GPUs, image, weights and the Hugging Face token are what they wait for.",
  };
}

function oneReplica({ state }: Evidence): ReturnType<Rule> {
  const [only, ...others] = ready(state);
  if (only === undefined || others.length > 0) return undefined;
  return {
    seen: `One replica only (${only.name}): whatever chooses, it gets every request, so there is nothing to gain.`,
    remedy: "Set models[].replicas to 2 or more.",
  };
}

function prefixCachingOff({ state, gateway, control }: Evidence): ReturnType<Rule> {
  const remedy = "Set models[].prefixCaching: true (vLLM: --enable-prefix-caching).";
  const off = ready(state).find(
    ({ prefixCachingArgument, cache }) => prefixCachingArgument === false || cache?.prefixCaching === false,
  );
  if (off !== undefined) return { seen: `Prefix caching is off in vLLM: ${off.name} says so.`, remedy };
  const hits = gateway.hits + (control?.hits ?? 0) + (gateway.usage.cachedTokens ?? 0);
  if (gateway.requests === 0 || gateway.errorShare >= 0.5 || hits > 0) return undefined;
  return { seen: "No replica found a single token in its cache, whatever route the requests took.", remedy };
}

function pickerFailingOpen({ state, gateway, scheduled }: Evidence): ReturnType<Rule> {
  const { pool, picker } = state;
  const answered = gateway.requests * (1 - gateway.errorShare);
  const missed = scheduled !== undefined && answered > 0 && scheduled < answered * 0.9;
  if (pool?.failureMode !== "FailOpen" || !(picker.ready === 0 || missed)) return undefined;
  const seen =
    picker.ready === 0
      ? `None of ${picker.pods} endpoint picker pods is ready`
      : `The endpoint picker chose for ${scheduled} of ${Math.round(answered)} requests`;
  return {
    seen: `${seen}, and the pool is FailOpen: the gateway sends requests to any replica.`,
    remedy: "kubectl logs of the endpoint picker. endpointPicker.failureMode: FailClose refuses requests instead.",
  };
}

function pickerNotReady({ state: { pool, picker } }: Evidence): ReturnType<Rule> {
  if (pool === undefined || pool.failureMode === "FailOpen" || picker.ready > 0) return undefined;
  return {
    seen: `None of ${picker.pods} endpoint picker pods is ready; the gateway refuses requests.`,
    remedy: "kubectl describe and logs of the endpoint picker's pods.",
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
      remedy: "Wait until a rollout is over, or give all of them one models[].blockSize.",
    };
  }
  const [actual] = distinct;
  const indexed = config.blockCharacters / CHARACTERS_PER_TOKEN;
  // With autoTune it takes the replicas' size as soon as it has read their metrics.
  if (config.autoTune || actual === undefined || indexed === actual) return undefined;
  return {
    seen: `The endpoint picker counts blocks of ${indexed} tokens (${config.blockCharacters} characters), vLLM of ${actual}.`,
    remedy: "Use models[].blockSize for both, or endpointPicker.prefixCache.autoTune: true.",
  };
}

function cacheTooSmall({ state, workingSetTokens }: Evidence): ReturnType<Rule> {
  const sizes = ready(state).map(({ cache }) => (cache?.blocks ?? NaN) * (cache?.blockSize ?? NaN));
  const together = sizes.reduce((sum, size) => sum + size, 0);
  if (sizes.length === 0 || Number.isNaN(together) || workingSetTokens <= together) return undefined;
  return {
    seen: `One round has ${workingSetTokens} distinct tokens, all replicas together cache ${together}.`,
    remedy:
      "More replicas, a higher models[].gpuMemoryUtilization, or a smaller validation.workload: what does not fit is evicted " +
      "before it is asked for again.",
  };
}

function unexplained({ state, gateway, control }: Evidence): Diagnosis {
  const rate = (arm: ArmResult | undefined): string =>
    arm?.hitRate === undefined ? "unknown" : `${(arm.hitRate * 100).toFixed(1)} %`;
  return {
    cause: "unexplained",
    seen:
      `Route, pool, endpoint picker and ${ready(state).length} replicas look right. Hit rate through the gateway ` +
      `${rate(gateway)}, in turn over the replicas ${rate(control)}.`,
    remedy:
      "Look for other traffic on the environment, for replicas that started anew, and at the endpoint picker's log with " +
      "endpointPicker.logVerbosity: 4.",
  };
}
