import type { Policy } from "./pools";

const scorer = (type: string, weight: number) => ({ type, weight });

/** A configuration of scorers by weight and a picker, in the form that endpoint picker v1.3.1 reads. */
export function pickerConfig(
  scorers: readonly { readonly type: string; readonly weight: number; readonly parameters?: object }[],
  picker = "max-score-picker",
): object {
  return {
    apiVersion: "inference.networking.x-k8s.io/v1alpha1",
    kind: "EndpointPickerConfig",
    plugins: [
      { type: "single-profile-handler" },
      ...scorers.map(({ type, parameters }) => ({ type, ...(parameters === undefined ? {} : { parameters }) })),
      { type: picker },
    ],
    schedulingProfiles: [
      {
        name: "default",
        plugins: [...scorers.map(({ type, weight }) => ({ pluginRef: type, weight })), { pluginRef: picker }],
      },
    ],
  };
}

/** The configuration that this program ships. */
export const OURS: Policy = { name: "ours", id: "ours" };

/** What is compared with it through an endpoint picker. */
export const OTHERS: readonly Policy[] = [
  {
    // `default-plugins.yaml` of the inferencepool chart v1.3.1.
    name: "chart default",
    id: "chart",
    config: pickerConfig([
      scorer("queue-scorer", 2),
      scorer("kv-cache-utilization-scorer", 2),
      scorer("prefix-cache-scorer", 3),
    ]),
  },
  {
    // The source's: the prefix alone.
    name: "prefix only",
    id: "prefix",
    config: pickerConfig([scorer("prefix-cache-scorer", 1)]),
  },
];

/** Without an endpoint picker and without the gateway: to each replica in turn. */
export const ROUND_ROBIN = "round robin";

/** Without an endpoint picker, through the same gateway: a Service whose replicas Envoy takes in turn. */
export const GATEWAY_ROUND_ROBIN: Policy = { name: "round robin by Envoy", id: "turn", roundRobin: true };

/** The prefix scorer as the program sets it for a model with blocks of 16 tokens and an A100's cache. */
const prefix = (weight: number) => ({
  type: "prefix-cache-scorer",
  weight,
  parameters: { maxPrefixBlocksToMatch: 2048, lruCapacityPerServer: 31_250, autoTune: true, blockSize: 64 },
});

/** Candidates by the weights of prefix, queue, KV cache and running requests. */
function candidate(weights: readonly [number, number, number, number], picker?: string): Policy {
  const [prefixCache, queue, kvCache, running] = weights;
  const scorers = [
    prefix(prefixCache),
    scorer("queue-scorer", queue),
    scorer("kv-cache-utilization-scorer", kvCache),
    scorer("running-requests-size-scorer", running),
  ].filter(({ weight }) => weight > 0);
  const id = `c${weights.join("-")}${picker === undefined ? "" : "-r"}`;
  return {
    name: `${weights.join(":")}${picker === undefined ? "" : `, ${picker}`}`,
    id,
    config: pickerConfig(scorers, picker),
  };
}

/**
 * What was tried when the shipped settings were chosen; `make bench ONLY=routing TUNE=1` runs them on the traces for that.
 * Weights in the order prefix, queue, KV cache, running requests.
 */
export const CANDIDATES: readonly Policy[] = [
  candidate([3, 2, 2, 0]),
  candidate([3, 2, 2, 2]),
  candidate([6, 2, 2, 1]),
  candidate([6, 2, 2, 2]),
  candidate([6, 4, 2, 1]),
  candidate([6, 6, 2, 1]),
  candidate([6, 8, 2, 1]),
  candidate([3, 2, 2, 0], "weighted-random-picker"),
];
