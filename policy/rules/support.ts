import type { ResourceValidationArgs } from "@pulumi/policy";

/** An object whose parts have yet to be looked at. */
export type Props = Readonly<Record<string, unknown>>;

/** A value as an object; an empty one when it is none. */
export function props(value: unknown): Props {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Props) : {};
}

/** A value as a list, of what is known of it; an empty one when it is none. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? Object.keys(value).map((key) => member(value, key)) : [];
}

/**
 * A key of an object, or of a list. What a preview cannot know yet is undefined here: a rule that met it would otherwise
 * not be run at all, over all that is known beside it.
 */
function member(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  try {
    return (value as Props)[key];
  } catch (error) {
    if (error instanceof Error && error.message.endsWith("can't be known during preview")) return undefined;
    throw error;
  }
}

/** What is at a path of objects; undefined when the path ends early, or at what cannot be known yet. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(member, value);
}

/** Every object inside a value, itself included, and where it is. What cannot be known yet is left out. */
export function* objects(value: unknown, path = ""): Generator<{ readonly path: string; readonly value: Props }> {
  if (typeof value !== "object" || value === null) return;
  const keys = Object.keys(value);
  if (Array.isArray(value)) {
    for (const key of keys) yield* objects(member(value, key), `${path}[${key}]`);
    return;
  }
  const known = Object.fromEntries(keys.map((key) => [key, member(value, key)]));
  yield { path, value: known };
  for (const key of keys) yield* objects(known[key], path === "" ? key : `${path}.${key}`);
}

/** The stack that a resource is of. */
export function stackOf({ urn }: Pick<ResourceValidationArgs, "urn">): string {
  return urn.split("::")[0]?.split(":").at(-1) ?? "";
}

/** Type of Helm releases. */
export const RELEASE = "kubernetes:helm.sh/v3:Release";
