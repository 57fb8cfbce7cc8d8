/** A routing policy. Without `config` and `roundRobin` it is the one that the program configures by default. */
export interface Policy {
  readonly name: string;
  /** Part of the names of its objects, and of its path on the gateway. */
  readonly id: string;
  /** The `EndpointPickerConfig` of its endpoint picker. */
  readonly config?: object;
  /** No endpoint picker: Envoy's round robin. */
  readonly roundRobin?: boolean;
}

interface Scorer {
  readonly type: string;
  readonly weight: number;
  readonly parameters?: object;
}

const scorer = (type: string, weight: number): Scorer => ({ type, weight });

/** A configuration of weighted scorers and a picker for endpoint picker v1.3.1. */
function pickerConfig(scorers: readonly Scorer[], picker = "max-score-picker"): object {
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

/** The program's default configuration. */
export const OURS: Policy = { name: "ours", id: "ours" };

/** The other endpoint picker configurations that are compared. */
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
    // As in the reference deployment.
    name: "prefix only",
    id: "prefix",
    config: pickerConfig([scorer("prefix-cache-scorer", 1)]),
  },
];

/** Round robin by the client: without gateway and endpoint picker. */
export const ROUND_ROBIN = "round robin";

/** Round robin by Envoy: through the same gateway to a Service, without endpoint picker. */
export const GATEWAY_ROUND_ROBIN: Policy = { name: "round robin by Envoy", id: "turn", roundRobin: true };

/** The prefix scorer as the program configures it for a model with blocks of 16 tokens and an A100's cache. */
const prefix = (weight: number): Scorer => ({
  type: "prefix-cache-scorer",
  weight,
  parameters: { maxPrefixBlocksToMatch: 2048, lruCapacityPerServer: 31_250, autoTune: true, blockSize: 64 },
});

/** A candidate for the default configuration, by the weights of prefix, queue, KV cache and running requests. */
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

/** The configurations from which the default one was chosen, with `make bench ONLY=routing TUNE=1`. */
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
