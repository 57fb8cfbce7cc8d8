import { type ModelNames, modelNames } from "../naming";
import { mergeValues } from "../charts/values";
import type { ModelConfig } from "./settings";

/** One release of a model: replicas and a pool of their own. */
export interface ModelRelease {
  readonly names: ModelNames;
  readonly model: ModelConfig;
  /** How many of a hundred requests go to it; undefined for the model itself, which gets the others. */
  readonly weight?: number;
}

/** The model itself, and its canary where it has one. */
export function releasesOf(model: ModelConfig): readonly [ModelRelease, ...ModelRelease[]] {
  const stable = { names: modelNames(model.id), model };
  const { canary } = model;
  if (canary === undefined) return [stable];
  const { weight, replicas, values } = canary;
  // Its number of replicas is its own to say; what scales the model knows nothing of it.
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
