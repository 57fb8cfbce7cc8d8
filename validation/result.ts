import type { Diagnosis } from "./diagnosis";
import type { ModelTarget, Thresholds, WorkloadSize } from "./runSettings";
import type { Summary } from "./statistics";

/** How requests are sent: through the gateway and its endpoint picker, or to the same replicas in turn. */
export type Arm = "gateway" | "control";

/** What a replica did in one arm, by its own counters. */
export interface ReplicaLoad {
  readonly name: string;
  readonly requests: number;
  /** Prompt tokens looked for in its cache, and those found. */
  readonly queries: number;
  readonly hits: number;
}

/** What one arm came to, over all rounds. Times are in milliseconds, shares from 0 to 1. */
export interface ArmResult {
  readonly requests: number;
  /** Failed requests by what went wrong. */
  readonly errors: Readonly<Record<string, number>>;
  readonly errorShare: number;
  /** By the replicas' own counters; undefined where they counted nothing. */
  readonly hitRate?: number;
  readonly hits: number;
  readonly queries: number;
  /** By the answers' usage, where it has them. */
  readonly usage: {
    readonly promptTokens: number;
    readonly completionTokens: number;
    readonly cachedTokens?: number;
    readonly hitRate?: number;
    /** Requests with at least one block from cache. */
    readonly requestsFromCache?: number;
  };
  /** Time to first token of the requests that opened a prefix group, and of those that shared one. */
  readonly ttftCold: Summary;
  readonly ttftWarm: Summary;
  /** By how much the median falls; undefined without requests of both kinds. */
  readonly ttftImprovement?: number;
  /** Between one token and the next. */
  readonly interTokenLatency: Summary;
  readonly requestsPerSecond: number;
  readonly outputTokensPerSecond: number;
  readonly replicas: readonly ReplicaLoad[];
  /** Largest share of requests over the mean one. */
  readonly imbalance: number;
}

/** The hit rate of an arm at a time of the run. */
export interface TimelinePoint {
  /** Since the run began. */
  readonly seconds: number;
  readonly arm: Arm;
  readonly round: number;
  /** Of the round so far, by the replicas' counters. */
  readonly hitRate: number;
}

/** The outcome for one model. */
export interface ModelResult {
  readonly model: ModelTarget;
  readonly verdict: "passed" | "failed";
  /** What was asked and not reached. */
  readonly failures: readonly string[];
  /** Why, as far as the environment tells. */
  readonly diagnoses: readonly Diagnosis[];
  /** What a reader should know beside. */
  readonly notes: readonly string[];
  /** Hit rate of the gateway less that of the control. */
  readonly gain?: number;
  readonly gateway: ArmResult;
  readonly control?: ArmResult;
  /** How the control reached the replicas. */
  readonly controlPath: "pods" | "API server" | "none";
  /** Round trip of a small request on each path, the median of a few. */
  readonly pathMs: { readonly gateway?: number; readonly control?: number };
  readonly timeline: readonly TimelinePoint[];
}

/** The outcome of a validation: what is written as JSON. */
export interface ValidationResult {
  /** When it began, ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly verdict: "passed" | "failed";
  readonly thresholds: Thresholds;
  readonly workload: WorkloadSize;
  readonly rounds: number;
  readonly concurrency: number;
  readonly models: readonly ModelResult[];
}
