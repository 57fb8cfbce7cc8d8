/** Values of a Helm chart. */
export type ChartValues = Record<string, unknown>;

/**
 * Merges values as Helm merges values files: objects key by key, everything else (lists too) replaced by the later one.
 * Neither argument is changed.
 */
export function mergeValues(base: Readonly<ChartValues>, ...overlays: readonly Readonly<ChartValues>[]): ChartValues {
  const merged: ChartValues = { ...base };
  for (const overlay of overlays) {
    for (const [key, value] of Object.entries(overlay)) {
      const before = merged[key];
      merged[key] = isPlainObject(before) && isPlainObject(value) ? mergeValues(before, value) : value;
    }
  }
  return merged;
}

/** Tells an object of values from lists, text, numbers and `null`. */
function isPlainObject(value: unknown): value is ChartValues {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
