/** Values of a Helm chart. */
export type ChartValues = Record<string, unknown>;

/**
 * Merges values like Helm merges values files: objects key by key; a later value replaces everything else, lists too.
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

/** Whether a value is an object, and not a list, text, number or `null`. */
function isPlainObject(value: unknown): value is ChartValues {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
