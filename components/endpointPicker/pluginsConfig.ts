import { stringify } from "yaml";
import type { EndpointPickerConfig } from "./settings";

/**
 * The average number of characters of a token. The endpoint picker does not tokenize: it counts its blocks in characters of the
 * request, 4 for each token (averageCharactersPerToken in its prefix plugin, v1.3.1).
 */
export const CHARACTERS_PER_TOKEN = 4;

/** Input of an endpoint picker's configuration. */
export interface PluginsConfigArgs extends Pick<EndpointPickerConfig, "weights" | "prefixCache"> {
  /** Tokens per KV-cache block of the model server. */
  readonly blockSize: number;
  /** Whether the model server caches prefixes; without it there is nothing to score. */
  readonly prefixCaching: boolean;
}

/** A plugin; no type is used twice. */
type PluginSpec =
  | {
      readonly type: "prefix-cache-scorer";
      readonly parameters: EndpointPickerConfig["prefixCache"] & { readonly blockSize: number };
    }
  | {
      readonly type:
        | "queue-scorer"
        | "kv-cache-utilization-scorer"
        | "running-requests-size-scorer"
        | "max-score-picker"
        | "single-profile-handler";
    };

/** The part of the inference extension's `EndpointPickerConfig` that is used here. */
export interface PluginsFile {
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
export function pluginsConfig(args: PluginsConfigArgs): PluginsFile {
  const { weights, prefixCache } = args;
  const prefixScorer: PluginSpec = {
    type: "prefix-cache-scorer",
    parameters: {
      autoTune: prefixCache.autoTune,
      // Characters, not tokens. With autoTune, this holds only until the first metrics of a replica, which give the same number.
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
export function pluginsConfigYaml(config: PluginsFile): string {
  return stringify(config, { lineWidth: 0, aliasDuplicateObjects: false });
}
