import { stringify } from "yaml";

/**
 * The average number of characters of a token. The endpoint picker does not tokenize: it counts its blocks in characters of the
 * request, 4 for each token (averageCharactersPerToken in its prefix plugin, v1.3.1).
 */
export const CHARACTERS_PER_TOKEN = 4;

/** Weights of the scorers, whole numbers; 0 leaves a scorer out. */
export interface ScorerWeights {
  /** Share of the prompt that a replica has probably cached. */
  readonly prefixCache: number;
  /** Short queue. */
  readonly queue: number;
  /** Free KV cache. */
  readonly kvCacheUtilization: number;
  /** Few running requests. */
  readonly runningRequests: number;
}

/** The endpoint picker's index of the prefixes that it sent to each replica. */
export interface PrefixCacheSettings {
  /** Blocks of a prompt that are compared. */
  readonly maxPrefixBlocksToMatch: number;
  /** Capacity of the index for each replica, in blocks, for replicas that do not report their own number. */
  readonly lruCapacityPerServer: number;
  /** Whether block size and capacity are taken from the metrics of the replicas, where they report them. */
  readonly autoTune: boolean;
}

/** Input of an endpoint picker's configuration. */
export interface PluginsConfigArgs {
  readonly weights: ScorerWeights;
  readonly prefixCache: PrefixCacheSettings;
  /** Tokens per KV-cache block of the model server. */
  readonly blockSize: number;
  /** Whether the model server caches prefixes; without it there is nothing to score. */
  readonly prefixCaching: boolean;
}

/** Parameters of the `prefix-cache-scorer` plugin of endpoint picker v1.3.1. */
export interface PrefixCacheScorerParameters {
  readonly autoTune: boolean;
  /** Characters, not tokens. */
  readonly blockSize: number;
  readonly maxPrefixBlocksToMatch: number;
  readonly lruCapacityPerServer: number;
}

/** A plugin; no type is used twice. */
export type PluginSpec =
  | { readonly type: "prefix-cache-scorer"; readonly parameters: PrefixCacheScorerParameters }
  | {
      readonly type:
        | "queue-scorer"
        | "kv-cache-utilization-scorer"
        | "running-requests-size-scorer"
        | "max-score-picker"
        | "single-profile-handler";
    };

/** The part of the inference extension's `EndpointPickerConfig` that is used here. */
export interface EndpointPickerConfig {
  readonly apiVersion: "inference.networking.x-k8s.io/v1alpha1";
  readonly kind: "EndpointPickerConfig";
  readonly plugins: readonly PluginSpec[];
  readonly schedulingProfiles: readonly {
    readonly name: string;
    readonly plugins: readonly { readonly pluginRef: PluginSpec["type"]; readonly weight?: number }[];
  }[];
}

/**
 * The endpoint picker's configuration: how it chooses the replica for each request. It names profile handler and picker, although
 * they are the defaults, so that the file is complete.
 */
export function pluginsConfig(args: PluginsConfigArgs): EndpointPickerConfig {
  const { weights, prefixCache } = args;
  const prefixScorer: PluginSpec = {
    type: "prefix-cache-scorer",
    parameters: {
      autoTune: prefixCache.autoTune,
      // With autoTune, this holds only until the first metrics of a replica, which give the same number.
      blockSize: args.blockSize * CHARACTERS_PER_TOKEN,
      maxPrefixBlocksToMatch: prefixCache.maxPrefixBlocksToMatch,
      lruCapacityPerServer: prefixCache.lruCapacityPerServer,
    },
  };
  const candidates: readonly { readonly plugin: PluginSpec; readonly weight: number }[] = [
    { plugin: prefixScorer, weight: args.prefixCaching ? weights.prefixCache : 0 },
    { plugin: { type: "queue-scorer" }, weight: weights.queue },
    { plugin: { type: "kv-cache-utilization-scorer" }, weight: weights.kvCacheUtilization },
    { plugin: { type: "running-requests-size-scorer" }, weight: weights.runningRequests },
  ];
  const scorers = candidates.filter(({ weight }) => weight > 0);
  return {
    apiVersion: "inference.networking.x-k8s.io/v1alpha1",
    kind: "EndpointPickerConfig",
    plugins: [{ type: "single-profile-handler" }, ...scorers.map(({ plugin }) => plugin), { type: "max-score-picker" }],
    schedulingProfiles: [
      {
        name: "default",
        plugins: [
          ...scorers.map(({ plugin, weight }) => ({ pluginRef: plugin.type, weight })),
          { pluginRef: "max-score-picker" as const },
        ],
      },
    ],
  };
}

/** The configuration file of the endpoint picker. */
export function pluginsConfigYaml(config: EndpointPickerConfig): string {
  return stringify(config, { lineWidth: 0, aliasDuplicateObjects: false });
}
