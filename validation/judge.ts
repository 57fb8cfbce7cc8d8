import type { ArmResult } from "./result";
import type { Thresholds } from "./runSettings";

/** What the counters and the answers' usage may differ by, as a share: rounding to blocks, and requests under way. */
export const TOLERATED_MISMATCH = 0.02;

const percent = (share: number | undefined): string =>
  share === undefined ? "unknown" : `${(share * 100).toFixed(1)} %`;

/** What was asked for and not reached, in words; none for a validation that passed. */
export function failuresOf(
  thresholds: Thresholds,
  gateway: ArmResult,
  control: ArmResult | undefined,
): readonly string[] {
  const { minHitRate, minTtftImprovement, minGain, maxErrorShare } = thresholds;
  const failures: string[] = [];
  const atLeast = (what: string, value: number | undefined, least: number): void => {
    if (value === undefined || !(value >= least)) {
      failures.push(`${what} is ${percent(value)}, at least ${percent(least)} is asked for`);
    }
  };
  if (gateway.errorShare > maxErrorShare) {
    const [first = ""] = Object.keys(gateway.errors);
    failures.push(
      `${percent(gateway.errorShare)} of the requests failed (${first}), at most ${percent(maxErrorShare)} may`,
    );
  }
  atLeast("The hit rate", gateway.hitRate, minHitRate);
  atLeast("The improvement of the time to first token", gateway.ttftImprovement, minTtftImprovement);
  atLeast("The gain over the same replicas in turn", gainOf(gateway, control), minGain);
  return failures;
}

/** How much more of the prompts came from cache than in turn over the same replicas; undefined where not measured. */
export function gainOf(gateway: ArmResult, control: ArmResult | undefined): number | undefined {
  if (gateway.hitRate === undefined || control?.hitRate === undefined) return undefined;
  return gateway.hitRate - control.hitRate;
}

/** Where the replicas' counters and the answers' usage do not tell the same. */
export function mismatches(arm: ArmResult, name: string): readonly string[] {
  const { usage, queries, hits } = arm;
  const differs = (left: number, right: number): boolean =>
    Math.abs(left - right) > TOLERATED_MISMATCH * Math.max(left, right, 1);
  const notes: string[] = [];
  if (usage.promptTokens > 0 && differs(queries, usage.promptTokens)) {
    notes.push(
      `${name}: the replicas counted ${queries} prompt tokens, the answers say ${usage.promptTokens}: other traffic, or a ` +
        "replica that started anew.",
    );
  }
  if (usage.cachedTokens !== undefined && differs(hits, usage.cachedTokens)) {
    notes.push(`${name}: the replicas counted ${hits} tokens from cache, the answers say ${usage.cachedTokens}.`);
  }
  return notes;
}
