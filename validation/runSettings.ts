import { modelNames } from "../components/naming";
import type { ValidationConfig } from "./settings";
import type { WorkloadSize } from "./workload";

/** The limits that a validation must reach; shares are from 0 to 1. */
export type Thresholds = Pick<ValidationConfig, "minHitRate" | "minTtftImprovement" | "minGain" | "maxErrorShare">;

/** A model to validate. */
export interface ModelTarget {
  readonly name: string;
  /** URL of the gateway as seen from here, without the model's path. */
  readonly gatewayUrl: string;
  /** The model's path on the gateway: `""` or `/<id>`. */
  readonly pathPrefix: string;
}

/** The input of a validation. It is plain data, so that a ConfigMap can hold it. */
export interface ValidationSettings {
  /** Namespace of the models, their pools and routes. */
  readonly namespace: string;
  readonly models: readonly ModelTarget[];
  readonly thresholds: Thresholds;
  readonly workload: WorkloadSize;
  /** Rounds. Each sends the workload through the endpoint picker once, and round robin to the replicas once. */
  readonly rounds: number;
  /** Sessions at once. */
  readonly concurrency: number;
  /** Headers of requests through the gateway, for example Host. Tokens come from an environment variable instead. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The parts of an environment's configuration that its validation needs. */
interface ValidatedConfig {
  readonly namespace: string;
  readonly models: readonly { readonly id?: string; readonly name: string }[];
  readonly validation: ValidationConfig;
}

/** The input of an environment's validation. */
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

/** Environment variable with more headers for requests through the gateway, as JSON: secrets must not be in a file. */
const HEADERS_VARIABLE = "VALIDATION_HEADERS";

/**
 * The headers of the variable VALIDATION_HEADERS.
 *
 * @throws Error, without the variable's value, if that is not a JSON object of strings
 */
export function secretHeaders(environment: NodeJS.ProcessEnv): Record<string, string> {
  const text = environment[HEADERS_VARIABLE];
  if (text === undefined || text === "") return {};
  try {
    const headers = JSON.parse(text) as unknown;
    if (typeof headers === "object" && headers !== null && !Array.isArray(headers)) {
      if (Object.values(headers).every((value) => typeof value === "string")) return headers as Record<string, string>;
    }
  } catch {
    // Reported below: JSON.parse's own message would print a part of the value.
  }
  throw new Error(`${HEADERS_VARIABLE} must be a JSON object of strings, for example {"Authorization": "Bearer ..."}`);
}
