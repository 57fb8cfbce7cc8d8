import { stringify } from "yaml";
import { type ScorerArgs, type ScorerName, scorers } from "./scorers";

/** Input of an endpoint picker's configuration. */
export interface PluginsConfigArgs extends ScorerArgs {
  /** Weight of each scorer. One with weight 0 is left out. */
  readonly weights: Readonly<Record<ScorerName, number>>;
}

/** The part of the inference extension's `EndpointPickerConfig` that is used here. */
export interface PluginsFile {
  readonly apiVersion: "inference.networking.x-k8s.io/v1alpha1";
  readonly kind: "EndpointPickerConfig";
  /** No type is used twice. */
  readonly plugins: readonly { readonly type: string; readonly parameters?: Readonly<Record<string, unknown>> }[];
  readonly schedulingProfiles: readonly {
    readonly name: string;
    readonly plugins: readonly { readonly pluginRef: string; readonly weight?: number }[];
  }[];
}

/** Chooses the replica with the highest score. */
const PICKER = "max-score-picker";

/**
 * The endpoint picker's configuration: how it chooses the replica for each request. It names profile handler and picker, although
 * they are the defaults, so that the file is complete.
 */
export function pluginsConfig(args: PluginsConfigArgs): PluginsFile {
  const used = scorers.filter(([name, { applies }]) => args.weights[name] > 0 && (applies?.(args) ?? true));
  return {
    apiVersion: "inference.networking.x-k8s.io/v1alpha1",
    kind: "EndpointPickerConfig",
    plugins: [
      { type: "single-profile-handler" },
      ...used.map(([, { type, parameters }]) => ({
        type,
        ...(parameters === undefined ? {} : { parameters: parameters(args) }),
      })),
      { type: PICKER },
    ],
    schedulingProfiles: [
      {
        name: "default",
        plugins: [
          ...used.map(([name, { type }]) => ({ pluginRef: type, weight: args.weights[name] })),
          { pluginRef: PICKER },
        ],
      },
    ],
  };
}

/** The configuration file of the endpoint picker. */
export function pluginsConfigYaml(config: PluginsFile): string {
  return stringify(config, { lineWidth: 0, aliasDuplicateObjects: false });
}
