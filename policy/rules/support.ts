import type { Policy, ResourceValidationArgs } from "@pulumi/policy";

type Props = Readonly<Record<string, unknown>>;

/** Type of Helm releases. */
export const RELEASE = "kubernetes:helm.sh/v3:Release";

/** A policy that no stack may violate. */
export function mandatory<P extends Policy>(policy: Omit<P, "enforcementLevel">): P {
  return { ...policy, enforcementLevel: "mandatory" } as P;
}

/**
 * A key of an object or list; undefined for a value that a preview cannot know yet. Reading such a value throws, and the
 * engine would then skip the whole rule.
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

/** The value at a path; undefined if the path does not exist or is not known yet. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(member, value);
}

/** The known items of a list; an empty list for any other value. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? Object.keys(value).map((key) => member(value, key)) : [];
}

/** The value of JSON text; undefined if it cannot be parsed. Other values are returned unchanged. */
export function json(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

/** Every known object inside a value, itself included, with its path. */
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

/** Every object in the spec of a Kubernetes resource, or in the values of a Helm release. Empty for other resources. */
export function* specObjects({ type, name, props }: Pick<ResourceValidationArgs, "type" | "name" | "props">) {
  if (!type.startsWith("kubernetes:")) return;
  for (const { path, value } of objects(at(props, type === RELEASE ? "values" : "spec"))) {
    yield { where: path === "" ? name : `${name}, ${path}`, value };
  }
}

/** Name of the stack of a resource. */
export function stackOf({ urn }: Pick<ResourceValidationArgs, "urn">): string {
  return urn.split("::")[0]?.split(":").at(-1) ?? "";
}
