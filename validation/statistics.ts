/** What a set of measurements comes to. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/**
 * The value below which a share of the measurements lies, interpolated linearly between neighbours (the definition that
 * NumPy and spreadsheets have by default, type 7 of Hyndman and Fan).
 *
 * @param share 0 to 1, 0.95 for the 95th percentile
 * @returns NaN for no measurements
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** The mean; NaN for no measurements. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean, median, 95th percentile and largest of the measurements. */
export function summarize(values: readonly number[]): Summary {
  return {
    count: values.length,
    mean: mean(values),
    p50: percentile(values, 0.5),
    p95: percentile(values, 0.95),
    max: percentile(values, 1),
  };
}

/** How unevenly a load is spread: the largest share over the mean one, 1 when all have the same. NaN without load. */
export function imbalance(loads: readonly number[]): number {
  return Math.max(...loads) / mean(loads);
}
