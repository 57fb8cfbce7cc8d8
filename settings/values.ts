import type { Path } from "./problems";

/** A configuration of which any part may be missing because it was wrong. */
export type Partially<T> = T extends (infer U)[]
  ? (Partially<U> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Partially<T[K]> }
    : T;

/** Whether a value is an object or a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The value as an object; an empty one when it is none. */
export function record(value: unknown): Record<string, unknown> {
  return isObject(value) && !Array.isArray(value) ? value : {};
}

/** The value as a list; an empty one when it is none. */
export function list<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

/** The value at a path; undefined when there is none. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key as string] : undefined), value);
}

/** Deletes the value at a path. An item of a list is emptied instead, so that the others keep their places. */
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
