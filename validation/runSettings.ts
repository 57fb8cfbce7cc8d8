/** What a validation asks of the environment; shares are from 0 to 1. */
export interface Thresholds {
  /** Least share of the prompts' tokens that come from the prefix cache. */
  readonly minHitRate: number;
  /** Least share by which the median time to first token falls from requests that open a prefix to those that share it. */
  readonly minTtftImprovement: number;
  /** Least difference of the hit rates through the endpoint picker and in turn over the same replicas. */
  readonly minGain: number;
  /** Largest share of requests that may fail. */
  readonly maxErrorShare: number;
}

/** The size of the workload; see SharedPrefixArgs. */
export interface WorkloadSize {
  readonly groups: number;
  readonly sessionsPerGroup: number;
  readonly turns: number;
  readonly prefixTokens: number;
  readonly turnTokens: number;
  readonly outputTokens: number;
}

/** A model to validate. */
export interface ModelTarget {
  readonly name: string;
  /** URL of the gateway as seen from here, without the model's path. */
  readonly gatewayUrl: string;
  /** The model's path on the gateway: `""` or `/<id>`. */
  readonly pathPrefix: string;
}

/** Everything that a validation is told; plain data, so that it can be put into a ConfigMap. */
export interface ValidationSettings {
  /** Namespace of the models, their pools and routes. */
  readonly namespace: string;
  readonly models: readonly ModelTarget[];
  readonly thresholds: Thresholds;
  readonly workload: WorkloadSize;
  /** Alternating rounds through the endpoint picker and in turn over the replicas. */
  readonly rounds: number;
  /** Sessions at once. */
  readonly concurrency: number;
  /** Headers of the requests through the gateway, such as Host; tokens come from the environment instead. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Environment variable with more headers for requests through the gateway, as JSON, for what must not be in a file. */
export const HEADERS_VARIABLE = "VALIDATION_HEADERS";

/** The headers of HEADERS_VARIABLE; throws, without its value, where that is no JSON object of texts. */
export function secretHeaders(environment: NodeJS.ProcessEnv): Record<string, string> {
  const text = environment[HEADERS_VARIABLE];
  if (text === undefined || text === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : undefined;
  if (entries === undefined || !entries.every(([, content]) => typeof content === "string")) {
    throw new Error(`${HEADERS_VARIABLE} has to be a JSON object of texts, such as {"Authorization": "Bearer ..."}`);
  }
  return Object.fromEntries(entries) as Record<string, string>;
}
