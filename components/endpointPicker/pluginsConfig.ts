import { stringify } from "yaml";

/**
 * The average number of characters of a token. The endpoint picker does not tokenize: its blocks are counted in
 * characters of the request, at 4 to a token (averageCharactersPerToken in its prefix plugin, v1.3.1).
 */
export const CHARACTERS_PER_TOKEN = 4;

/** A scorer's weight, a whole number; 0 leaves the scorer out. */
export interface ScorerWeights {
  /** Share of the prompt that a replica has probably cached. */
  readonly prefixCache: number;
  /** Short queue. */
  readonly queue: number;
  /** Free KV cache. */
  readonly kvCacheUtilization: number;
  /** Few requests at work. */
  readonly runningRequests: number;
}

/** The endpoint picker's index of the prefixes it sent to each replica. */
export interface PrefixCacheSettings {
  /** Blocks of a prompt that are compared. */
  readonly maxPrefixBlocksToMatch: number;
  /** Blocks that are remembered for each replica, where the replica does not report its own number. */
  readonly lruCapacityPerServer: number;
  /** Take block size and capacity from what the replicas report, where they do. */
  readonly autoTune: boolean;
}

/** What an endpoint picker's configuration is made from. */
export interface PluginsConfigArgs {
  readonly weights: ScorerWeights;
  readonly prefixCache: PrefixCacheSettings;
  /** Tokens per KV-cache block of the model server. */
  readonly blockSize: number;
  /** Whether the model server keeps the KV cache of prefixes; without it there is nothing to score. */
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

/** A plugin, one kind of each is enough here. */
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

/** `EndpointPickerConfig` of the inference extension, as far as it is used. */
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
 * The endpoint picker's configuration: how it chooses the replica for each request. Profile handler and picker are
 * written out, although they are its defaults, so that the file says all of what happens.
 */
export function pluginsConfig(args: PluginsConfigArgs): EndpointPickerConfig {
  const { weights, prefixCache } = args;
  const prefixScorer: PluginSpec = {
    type: "prefix-cache-scorer",
    parameters: {
      autoTune: prefixCache.autoTune,
      // With autoTune on this only counts until the first metrics of a replica are in; they lead to the same number.
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

/** The configuration as the file that the endpoint picker reads. */
export function pluginsConfigYaml(config: EndpointPickerConfig): string {
  return stringify(config, { lineWidth: 0, aliasDuplicateObjects: false });
}
