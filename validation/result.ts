import type { ModelTarget, Thresholds } from "./runSettings";
import type { Summary } from "./statistics";
import type { WorkloadSize } from "./workload";

/** How requests are sent: through the gateway and its endpoint picker, or round robin to the same replicas. */
export type Arm = "gateway" | "control";

/** The load of a replica in one arm, by its own counters. */
export interface ReplicaLoad {
  readonly name: string;
  readonly requests: number;
  /** Prompt tokens that it looked up in its cache. */
  readonly queries: number;
  /** Those of them that it found. */
  readonly hits: number;
}

/** The result of one arm, over all rounds. Times are in milliseconds, shares from 0 to 1. */
export interface ArmResult {
  readonly requests: number;
  /** Failed requests by their error. */
  readonly errors: Readonly<Record<string, number>>;
  readonly errorShare: number;
  /** By the replicas' own counters; undefined if they counted nothing. */
  readonly hitRate?: number;
  readonly hits: number;
  readonly queries: number;
  /** By the usage in the answers. */
  readonly usage: {
    readonly promptTokens: number;
    readonly completionTokens: number;
    readonly cachedTokens?: number;
    readonly hitRate?: number;
    /** Requests with at least one block from cache. */
    readonly requestsFromCache?: number;
  };
  /** Time to first token of the requests that opened a prefix group. */
  readonly ttftCold: Summary;
  /** Time to first token of all others. */
  readonly ttftWarm: Summary;
  /** The share by which the warm median is below the cold one; undefined without requests of both kinds. */
  readonly ttftImprovement?: number;
  /** Time between one token and the next. */
  readonly interTokenLatency: Summary;
  readonly requestsPerSecond: number;
  readonly outputTokensPerSecond: number;
  readonly replicas: readonly ReplicaLoad[];
  /** Requests of the busiest replica over the mean of all. */
  readonly imbalance: number;
}

/** The hit rate of an arm at a time of the run. */
export interface TimelinePoint {
  /** Since the start of the run. */
  readonly seconds: number;
  readonly arm: Arm;
  readonly round: number;
  /** Of this round so far, by the replicas' counters. */
  readonly hitRate: number;
}

/** Known causes of a failed validation. */
export type Cause =
  | "pool-not-accepted"
  | "no-ready-replica"
  | "one-replica"
  | "prefix-caching-off"
  | "picker-failing-open"
  | "picker-not-ready"
  | "prefix-scorer-off"
  | "block-sizes-differ"
  | "cache-too-small"
  | "unexplained";

/** Why a validation failed. */
export interface Diagnosis {
  readonly cause: Cause;
  /** What was observed. */
  readonly seen: string;
  /** What to do. */
  readonly remedy: string;
}

/** The outcome for one model. */
export interface ModelResult {
  readonly model: ModelTarget;
  readonly verdict: "passed" | "failed";
  /** Thresholds that were not reached. */
  readonly failures: readonly string[];
  /** Their causes, as far as the environment shows them. */
  readonly diagnoses: readonly Diagnosis[];
  /** Limits of the measurement that a reader should know. */
  readonly notes: readonly string[];
  /** Hit rate of the gateway minus that of the control. */
  readonly gain?: number;
  readonly gateway: ArmResult;
  readonly control?: ArmResult;
  /** How the control reached the replicas. */
  readonly controlPath: "pods" | "API server" | "none";
  /** Median round trip of a small request on each path. */
  readonly pathMs: { readonly gateway?: number; readonly control?: number };
  readonly timeline: readonly TimelinePoint[];
}

/** The outcome of a validation, which is written as JSON. */
export interface ValidationResult {
  /** Start time, ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly verdict: "passed" | "failed";
  readonly thresholds: Thresholds;
  readonly workload: WorkloadSize;
  readonly rounds: number;
  readonly concurrency: number;
  readonly models: readonly ModelResult[];
}
