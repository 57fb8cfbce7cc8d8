import type { ArmResult } from "./result";
import type { Thresholds } from "./runSettings";
import { percent } from "./statistics";

/** Largest difference of the counters and the answers' usage, as a share: rounding to blocks, and requests under way. */
const TOLERATED_MISMATCH = 0.02;

/** The thresholds that were not reached, as sentences without a full stop; none for a validation that passed. */
export function failuresOf(
  thresholds: Thresholds,
  gateway: ArmResult,
  control: ArmResult | undefined,
): readonly string[] {
  const { minHitRate, minTtftImprovement, minGain, maxErrorShare } = thresholds;
  const failures: string[] = [];
  const atLeast = (what: string, value: number | undefined, least: number): void => {
    if (value === undefined || !(value >= least)) {
      failures.push(`${what} is ${percent(value, "unknown")}, at least ${percent(least)} is required`);
    }
  };
  if (gateway.errorShare > maxErrorShare) {
    const [first = ""] = Object.keys(gateway.errors);
    failures.push(
      `${percent(gateway.errorShare)} of the requests failed (${first}), at most ${percent(maxErrorShare)} may fail`,
    );
  }
  atLeast("The hit rate", gateway.hitRate, minHitRate);
  atLeast("The improvement of the time to first token", gateway.ttftImprovement, minTtftImprovement);
  atLeast("The gain over round robin to the same replicas", gainOf(gateway, control), minGain);
  return failures;
}

/** The hit rate through the gateway minus that of round robin to the same replicas; undefined if not measured. */
export function gainOf(gateway: ArmResult, control: ArmResult | undefined): number | undefined {
  if (gateway.hitRate === undefined || control?.hitRate === undefined) return undefined;
  return gateway.hitRate - control.hitRate;
}

/** Differences between the replicas' counters and the answers' usage, as sentences. */
export function mismatches(arm: ArmResult, name: string): readonly string[] {
  const { usage, queries, hits } = arm;
  const differs = (left: number, right: number): boolean =>
    Math.abs(left - right) > TOLERATED_MISMATCH * Math.max(left, right, 1);
  const notes: string[] = [];
  if (usage.promptTokens > 0 && differs(queries, usage.promptTokens)) {
    notes.push(
      `${name}: the replicas counted ${queries} prompt tokens, the answers report ${usage.promptTokens}. There was other ` +
        "traffic, or a replica restarted.",
    );
  }
  if (usage.cachedTokens !== undefined && differs(hits, usage.cachedTokens)) {
    notes.push(`${name}: the replicas counted ${hits} tokens from cache, the answers report ${usage.cachedTokens}.`);
  }
  return notes;
}
