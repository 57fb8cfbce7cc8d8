import type * as z from "zod";
import { checkApplies } from "./appliesTo";
import { describeIssues, type Wording } from "./describeIssues";
import type { Problem } from "./problems";
import { isObject, type Partially, record, remove } from "./values";

/** What a configuration is checked by. */
export interface Settings<S extends z.ZodObject> extends Wording {
  readonly schema: S;
  /** Fills in the defaults that follow from other settings. Parts may be missing. */
  readonly fill: (config: Partially<z.output<S>>) => Partially<z.output<S>>;
  /** Checks what ties settings together. Parts may be missing. */
  readonly check: (config: Partially<z.output<S>>, raw: unknown) => Problem[];
}

/** The outcome: the configuration when there is no problem, else the problems. */
export interface ParseResult<T> {
  readonly config?: T;
  readonly problems: readonly Problem[];
}

/**
 * Checks each field, then where it applies, then the rules between fields. A bad field does not stop the later checks, so that one
 * attempt shows everything that is wrong.
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
    // A rule that trips over a field already found wrong, or over one inside it, would only say it twice.
    if (!problems.some(({ path }) => covers(path, candidate.path))) problems.push(candidate);
  }
  problems.sort((a, b) => rank(a.path, schema) - rank(b.path, schema));
  return result.success && problems.length === 0 ? { config: config as z.output<S>, problems } : { problems };
}

/** Pulumi gives each object that is left out its default, an empty object. For a section that is optional this means none. */
function withoutEmptySections(raw: unknown, schema: z.ZodObject): unknown {
  if (!isObject(raw)) return raw;
  const isLeftOut = (key: string, value: unknown): boolean => {
    const unset = schema.shape[key]?.safeParse(undefined);
    return isObject(value) && Object.keys(value).length === 0 && unset?.success === true && unset.data === undefined;
  };
  return Object.fromEntries(Object.entries(raw).filter(([key, value]) => !isLeftOut(key, value)));
}

/** Place of a path's setting in the schema, so that problems come in the order of the documentation. */
function rank(path: string, schema: z.ZodObject): number {
  const key = Object.keys(schema.shape).indexOf(/^[^.[]*/.exec(path)?.[0] ?? "");
  const item = Number(/^[^.[]*\[(\d+)\]/.exec(path)?.[1] ?? 0);
  return (key < 0 ? 1000 : key) + Math.min(item, 999) / 1000;
}

function covers(reported: string, path: string): boolean {
  return path === reported || path.startsWith(`${reported}.`) || path.startsWith(`${reported}[`);
}

/** What is left to check rules on without the wrong values. Each section, and each item of a list, is parsed alone with its defaults. */
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
  // A default in the place of a wrong value would be held against its neighbours.
  wrong.forEach((path) => remove(salvaged, path));
  return salvaged as Partially<z.output<S>>;
}

/** The parsed value. Where something required is missing from it, the value itself; of a list, each item so. */
function parseOr(schema: z.core.$ZodType, value: unknown): unknown {
  const result = (schema as z.ZodType).safeParse(value);
  if (result.success) return result.data;
  const { element } = schema as Partial<z.ZodArray>;
  return Array.isArray(value) && element !== undefined ? value.map((item) => parseOr(element, item)) : value;
}
