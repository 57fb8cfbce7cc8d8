import { type ModelNames, modelNames } from "../naming";
import { mergeValues } from "../charts/values";
import type { ModelConfig } from "./settings";

/** One release of a model. It has its own replicas and pool. */
export interface ModelRelease {
  readonly names: ModelNames;
  readonly model: ModelConfig;
  /** Percent of the requests; undefined for the model itself, which gets the others. */
  readonly weight?: number;
}

/** The model itself, and its canary if it has one. */
export function releasesOf(model: ModelConfig): readonly [ModelRelease, ...ModelRelease[]] {
  const stable = { names: modelNames(model.id), model };
  const { canary } = model;
  if (canary === undefined) return [stable];
  const { weight, replicas, values } = canary;
  // The autoscaler of the model does not scale the canary.
  const { autoscaling: _, ...rest } = model;
  const changed: ModelConfig = {
    ...rest,
    replicas,
    uri: canary.uri ?? model.uri,
    image: canary.image ?? model.image,
    extraArgs: canary.extraArgs ?? model.extraArgs,
    values: mergeValues(model.values, values),
  };
  return [stable, { names: modelNames(model.id, true), model: changed, weight }];
}

/** Every release of every model. */
export function allReleases(config: { readonly models: readonly ModelConfig[] }): ModelRelease[] {
  return config.models.flatMap((model) => [...releasesOf(model)]);
}
