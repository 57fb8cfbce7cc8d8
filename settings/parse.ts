import type * as z from "zod";
import { checkCompatibility, checkFailureMode, checkKubernetes } from "../stacks/compatibility";
import { environmentSchema, type ParsedEnvironment } from "../stacks/environmentSchema";
import { modelSchema } from "../components/serving/settings";
import { describeIssues, type Path, type Problem } from "./problems";
import { resolveVersions } from "../stacks/resolveVersions";
import { checkRules, type Partially } from "../stacks/environmentRules";

/** What may be known beside the configuration itself. */
export interface ParseOptions {
  /** Top-level keys that hold a secret somewhere, whose values no message shows. */
  secretKeys?: ReadonlySet<string>;
  /** Whether a file exists; without it, paths are not looked at. */
  fileExists?(file: string): boolean;
  /** What AWS resources are named after where `aws.name` is left out: project and stack. */
  defaultName?: string;
  /** The private key of the gateway's certificate, where it is set. */
  gatewayPrivateKey?: { readonly value?: string; readonly secret: boolean };
}

/** The outcome: the configuration when there is no problem, else the problems. */
export interface ParseResult {
  config?: ParsedEnvironment;
  problems: Problem[];
}

/**
 * Checks fields, then the rules between fields, then that the versions fit together. A bad field does not keep the
 * later checks from running over everything else, so that one attempt shows all there is to fix.
 */
export function parseEnvironment(written: unknown, options: ParseOptions = {}): ParseResult {
  const raw = withoutEmptyAws(written);
  const result = environmentSchema.safeParse(raw);
  const config = result.success ? result.data : salvage(raw, result.error.issues);
  const problems = result.success ? [] : describeIssues(result.error.issues, raw, options.secretKeys ?? new Set());
  const candidates = checkRules(config, raw, options);
  if (config.lane !== undefined && config.versions !== undefined && config.charts?.overrides !== undefined) {
    const versions = resolveVersions(config as ParsedEnvironment);
    candidates.push(...checkCompatibility(versions), ...checkFailureMode(versions, config.endpointPicker?.failureMode));
    candidates.push(...checkKubernetes(versions, config.aws?.cluster?.version));
  }
  for (const candidate of candidates) {
    // A rule that trips over a field already found wrong, or over one inside it, would only say it twice.
    if (!problems.some(({ path }) => covers(path, candidate.path))) {
      problems.push(candidate);
    }
  }
  problems.sort((a, b) => rank(a.path) - rank(b.path));
  return result.success && problems.length === 0 ? { config: result.data, problems } : { problems };
}

/** Pulumi gives every optional object its default, an empty one; for `aws`, which only one platform has, that means none. */
function withoutEmptyAws(raw: unknown): unknown {
  if (!isObject(raw) || !isObject(raw["aws"]) || Object.keys(raw["aws"]).length > 0) {
    return raw;
  }
  return Object.fromEntries(Object.entries(raw).filter(([key]) => key !== "aws"));
}

/** Place of a path's setting in the schema, so that problems come out in the order in which settings are written. */
function rank(path: string): number {
  const key = Object.keys(environmentSchema.shape).indexOf(/^[^.[]*/.exec(path)?.[0] ?? "");
  const item = Number(/^models\[(\d+)\]/.exec(path)?.[1] ?? 0);
  return (key < 0 ? 1000 : key) + Math.min(item, 999) / 1000;
}

function covers(reported: string, path: string): boolean {
  return path === reported || path.startsWith(`${reported}.`) || path.startsWith(`${reported}[`);
}

/** What is left to check rules on once the offending values are taken out: each part by itself, with its defaults. */
function salvage(raw: unknown, issues: readonly z.core.$ZodIssue[]): Partially<ParsedEnvironment> {
  const pruned = structuredClone(raw);
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys") {
      issue.keys.forEach((key) => remove(pruned, [...issue.path, key]));
    } else {
      remove(pruned, issue.path);
    }
  }
  const source = isObject(pruned) ? pruned : {};
  const salvaged: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(environmentSchema.shape)) {
    const value = source[key];
    salvaged[key] =
      key === "models" && Array.isArray(value)
        ? value.map((model) => parseOr(modelSchema, model))
        : parseOr(schema, value);
  }
  // A default in the place of a wrong value would be held against its neighbours.
  issues.filter(({ path }) => path[0] === "aws").forEach(({ path }) => remove(salvaged, path));
  return salvaged;
}

/** The parsed value, or the value itself where something required is missing from it. */
function parseOr(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  return result.success ? result.data : value;
}

function remove(root: unknown, path: Path): void {
  const last = path[path.length - 1];
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((inner, part) => (isObject(inner) ? inner[part as string] : undefined), root);
  if (last !== undefined && isObject(parent)) {
    // An item of a list is emptied, not taken out, so that the others keep their places.
    if (Array.isArray(parent)) {
      parent[last as number] = undefined;
    } else {
      delete parent[last as string];
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
