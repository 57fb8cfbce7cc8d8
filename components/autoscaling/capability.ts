import type { Capability } from "../capability";
import { KEDA_NAMESPACE } from "./keda";
import { autoscalingPins } from "./pins";
import { autoscalingSchema, type AutoscalingConfig, type ScaledModel } from "./settings";
import { autoscalingRules } from "./settingsRules";

/** The part of the configuration that decides whether KEDA is installed. */
interface Configured {
  readonly autoscaling: AutoscalingConfig;
  readonly models: readonly ScaledModel[];
}

/** Whether this program installs KEDA. */
export function installsKeda({ autoscaling, models }: Configured): boolean {
  return autoscaling.operator === "keda" && models.some((model) => model.autoscaling !== undefined);
}

/** Scales models by their load. */
export const autoscaling = {
  settings: { autoscaling: autoscalingSchema.prefault({}) },
  rules: autoscalingRules,
  pins: autoscalingPins,
  namespaces: (config: Configured): Record<string, undefined> =>
    installsKeda(config) ? { [KEDA_NAMESPACE]: undefined } : {},
  unused: (config: Configured) => (installsKeda(config) ? [] : ["keda", "keda-crds"]),
} satisfies Capability;
