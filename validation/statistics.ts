/** Statistics of a set of measurements. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/**
 * The value below which a share of the measurements lies, with linear interpolation between neighbours (the default of
 * NumPy and of spreadsheets, type 7 of Hyndman and Fan).
 *
 * @param share From 0 to 1: 0.95 for the 95th percentile.
 * @returns NaN for no measurements.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** The sum; 0 for no measurements. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The mean; NaN for no measurements. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** Count, mean, median, 95th percentile and maximum of the measurements. */
export function summarize(values: readonly number[]): Summary {
  return {
    count: values.length,
    mean: mean(values),
    p50: percentile(values, 0.5),
    p95: percentile(values, 0.95),
    max: percentile(values, 1),
  };
}

/** How uneven a load is: the largest over the mean one, 1 if all are equal. NaN without load. */
export function imbalance(loads: readonly number[]): number {
  return Math.max(...loads) / mean(loads);
}

/** A share of 1 in per cent, for people. */
export function percent(share: number | undefined, unknown = "-"): string {
  return share === undefined ? unknown : `${(share * 100).toFixed(1)} %`;
}

/** Milliseconds, for people. A result that was read from JSON has null for NaN. */
export function milliseconds(value: number | null | undefined): string {
  if (value === undefined || value === null || Number.isNaN(value)) return "-";
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}
