import { type Applies, type Condition, oneOf } from "./fields";
import { formatPath, type Path, problem, type Problem } from "./problems";
import type { SchemaNode } from "./schemaTree";
import { isObject, valueAt } from "./values";

/**
 * Refuses settings that are written where they have no effect.
 *
 * @param config The configuration with its defaults. A condition on a setting that is undefined here refuses nothing.
 * @param raw The configuration as written. Only written settings are refused, never defaults.
 */
export function checkApplies(tree: SchemaNode, config: unknown, raw: unknown, path: Path = []): Problem[] {
  const written = valueAt(raw, path);
  if (isNothing(written)) return [];
  const inside = (key: PropertyKey, node: SchemaNode) => checkApplies(node, config, raw, [...path, key]);
  for (const applies of tree.appliesTo ?? []) {
    const message = refusal(applies, config, raw, path);
    if (message !== undefined) return [problem(path, message)];
  }
  if (Array.isArray(written) && tree.items !== undefined) {
    const { items } = tree;
    return written.flatMap((_, index) => inside(index, items));
  }
  return Object.entries(tree.properties ?? {}).flatMap(([key, node]) => inside(key, node));
}

/** Pulumi sets each omitted object to its default, an empty object. So an empty object counts as omitted. */
function isNothing(value: unknown): boolean {
  return value === undefined || (isObject(value) && Object.keys(value).length === 0);
}

/** Why the field has no effect; undefined if it has one. */
function refusal({ condition, where = [] }: Applies, config: unknown, raw: unknown, path: Path): string | undefined {
  const at = (setting: string): Path => resolve(setting, path);
  const holds = (other: Condition): boolean => {
    if ("with" in other) return valueAt(raw, at(other.with)) !== undefined;
    if ("without" in other) return valueAt(raw, at(other.without)) === undefined;
    return other.in.includes(valueAt(config, at(other.setting)) as string | boolean);
  };
  if (!where.every(holds) || holds(condition)) return undefined;
  if ("without" in condition) {
    return `has no effect together with ${formatPath(at(condition.without))}; remove one of them`;
  }
  if ("with" in condition) return `has no effect without ${formatPath(at(condition.with))}; remove it`;
  const setting = at(condition.setting);
  const value = valueAt(config, setting);
  if (value === undefined || condition.kept?.includes(String(value))) return undefined;
  return `has no effect with ${formatPath(setting)} ${String(value)}; remove it, or write ${oneOf(condition.in.map(String))} as ${formatPath(setting)}`;
}

/** The path of a setting as a condition names it, seen from the field. `models[].x` takes the field's own index. */
function resolve(setting: string, path: Path): Path {
  if (setting.startsWith("./")) return [...path.slice(0, -1), ...setting.slice(2).split(".")];
  return setting.split(".");
}

/** The conditions of a field in words, for the documentation: "Only with `gpu.operator` olm." */
export function describeApplies(appliesTo: readonly Applies[] = []): string {
  return appliesTo.map(({ condition, where = [] }) => ` Only ${words([condition, ...where])}.`).join("");
}

function words(conditions: readonly Condition[]): string {
  const name = (setting: string) => `\`${setting.replace(/^\.\//, "")}\``;
  const one = (condition: Condition): string => {
    if ("with" in condition) return `with ${name(condition.with)}`;
    if ("without" in condition) return `without ${name(condition.without)}`;
    return `with ${name(condition.setting)} ${oneOf(condition.in.map(String))}`;
  };
  const [first, ...where] = conditions;
  return [first === undefined ? "" : one(first), ...where.map((condition) => `where ${one(condition).slice(5)}`)].join(
    ", ",
  );
}
