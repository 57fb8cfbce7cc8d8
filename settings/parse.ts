import type * as z from "zod";
import { checkApplies } from "./appliesTo";
import { describeIssues, type Wording } from "./describeIssues";
import type { Problem } from "./problems";
import { isObject, type Partially, record, remove } from "./values";

/** A schema with the rules to check a configuration. */
export interface Settings<S extends z.ZodObject> extends Wording {
  readonly schema: S;
  /** Fills in the defaults that depend on other settings. Parts of the configuration may be missing. */
  readonly fill: (config: Partially<z.output<S>>) => Partially<z.output<S>>;
  /** Checks the rules between settings. Parts of the configuration may be missing. */
  readonly check: (config: Partially<z.output<S>>, raw: unknown) => Problem[];
}

/** The result: the configuration if it has no problem, otherwise the problems. */
export interface ParseResult<T> {
  readonly config?: T;
  readonly problems: readonly Problem[];
}

/**
 * Checks each field, then where it applies, then the rules between fields. A bad field does not stop the later checks,
 * so one attempt shows all problems.
 */
export function parseSettings<S extends z.ZodObject>(
  written: unknown,
  settings: Settings<S>,
): ParseResult<z.output<S>> {
  const { schema, tree, fill, check } = settings;
  const raw = withoutEmptySections(written, schema);
  const result = schema.safeParse(raw);
  const problems = result.success ? [] : describeIssues(result.error.issues, raw, settings);
  const config = fill(
    result.success ? (result.data as Partially<z.output<S>>) : salvage(raw, result.error.issues, schema),
  );
  for (const candidate of [...checkApplies(tree, config, raw), ...check(config, raw)]) {
    // A second problem about a wrong field, or about a field inside it, would repeat the first.
    if (!problems.some(({ path }) => covers(path, candidate.path))) problems.push(candidate);
  }
  problems.sort((a, b) => rank(a.path, schema) - rank(b.path, schema));
  return result.success && problems.length === 0 ? { config: config as z.output<S>, problems } : { problems };
}

/** Pulumi sets each omitted object to its default, an empty object. An empty optional section counts as omitted. */
function withoutEmptySections(raw: unknown, schema: z.ZodObject): unknown {
  if (!isObject(raw)) return raw;
  const isLeftOut = (key: string, value: unknown): boolean => {
    const unset = schema.shape[key]?.safeParse(undefined);
    return isObject(value) && Object.keys(value).length === 0 && unset?.success === true && unset.data === undefined;
  };
  return Object.fromEntries(Object.entries(raw).filter(([key, value]) => !isLeftOut(key, value)));
}

/** Position of a path's setting in the schema. It gives problems the order of the documentation. */
function rank(path: string, schema: z.ZodObject): number {
  const key = Object.keys(schema.shape).indexOf(/^[^.[]*/.exec(path)?.[0] ?? "");
  const item = Number(/^[^.[]*\[(\d+)\]/.exec(path)?.[1] ?? 0);
  return (key < 0 ? 1000 : key) + Math.min(item, 999) / 1000;
}

function covers(reported: string, path: string): boolean {
  return path === reported || path.startsWith(`${reported}.`) || path.startsWith(`${reported}[`);
}

/** The configuration without its wrong values, for the rules. Each section and each list item is parsed alone, with defaults. */
function salvage<S extends z.ZodObject>(
  raw: unknown,
  issues: readonly z.core.$ZodIssue[],
  schema: S,
): Partially<z.output<S>> {
  const wrong = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path],
  );
  const pruned = structuredClone(raw);
  wrong.forEach((path) => remove(pruned, path));
  const salvaged = Object.fromEntries(
    Object.entries(schema.shape).map(([key, section]) => [key, parseOr(section, record(pruned)[key])]),
  );
  // A default in place of a wrong value could conflict with other settings.
  wrong.forEach((path) => remove(salvaged, path));
  return salvaged as Partially<z.output<S>>;
}

/** The parsed value, or the value itself if it cannot be parsed. List items are parsed one by one. */
function parseOr(schema: z.core.$ZodType, value: unknown): unknown {
  const result = (schema as z.ZodType).safeParse(value);
  if (result.success) return result.data;
  const { element } = schema as Partial<z.ZodArray>;
  return Array.isArray(value) && element !== undefined ? value.map((item) => parseOr(element, item)) : value;
}
