import { modelNames } from "../components/naming";
import type { ValidationConfig } from "./settings";
import type { ValidationSettings } from "./runSettings";

/** The parts of an environment's configuration that its validation follows from. */
export interface ValidatedConfig {
  readonly namespace: string;
  readonly validation: ValidationConfig;
  readonly models: readonly { readonly id?: string; readonly name: string }[];
}

/** What the validation of an environment is told. */
export function settingsOf({ namespace, models, validation }: ValidatedConfig, gatewayUrl: string): ValidationSettings {
  const { minHitRate, minTtftImprovement, minGain, maxErrorShare, workload, rounds, concurrency, headers } = validation;
  return {
    namespace,
    models: models.map(({ id, name }) => ({ name, gatewayUrl, pathPrefix: modelNames(id).pathPrefix })),
    thresholds: { minHitRate, minTtftImprovement, minGain, maxErrorShare },
    workload,
    rounds,
    concurrency,
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
  };
}
