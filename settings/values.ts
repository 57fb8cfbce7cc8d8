import type { Path } from "./problems";

/** A configuration without its wrong parts. Any part may be missing. */
export type Partially<T> = T extends (infer U)[]
  ? (Partially<U> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Partially<T[K]> }
    : T;

/** Whether a value is an object or a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The value if it is an object, otherwise an empty object. */
export function record(value: unknown): Record<string, unknown> {
  return isObject(value) && !Array.isArray(value) ? value : {};
}

/** The value if it is a list, otherwise an empty list. */
export function list<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

/** The value at a path; undefined when there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key as string] : undefined), value);
}

/** Deletes the value at a path. A list item becomes undefined instead, so the other items keep their positions. */
export function remove(root: unknown, path: Path): void {
  const parent = valueAt(root, path.slice(0, -1));
  const last = path.at(-1) as string | undefined;
  if (last === undefined || !isObject(parent)) return;
  if (Array.isArray(parent)) parent[last] = undefined;
  else delete parent[last];
}

/** The object without the keys whose value is undefined. Spread, such a key would hide a default. */
export function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
