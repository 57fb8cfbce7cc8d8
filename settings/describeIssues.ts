import levenshtein = require("damerau-levenshtein");
import type * as z from "zod";
import { oneOf } from "./fields";
import { formatPath, type Path, type Problem, show } from "./problems";
import { nodeAt, type SchemaNode } from "./schemaTree";
import { valueAt } from "./values";

/** The inputs of messages. */
export interface Wording {
  readonly tree: SchemaNode;
  /** Top-level keys that hold a secret somewhere. No message shows their values. */
  readonly secretKeys: ReadonlySet<string>;
  /** Top-level settings that are not in the schema, because their values are secret. */
  readonly secretSettings: readonly string[];
}

/**
 * Turns the issues of zod into problems, one for each path. The text comes from the field's `expected`, so each message
 * says what to write.
 */
export function describeIssues(issues: readonly z.core.$ZodIssue[], raw: unknown, wording: Wording): Problem[] {
  const problems = new Map<string, Problem>();
  const add = (path: Path, message: string) => {
    const key = formatPath(path);
    if (!problems.has(key)) problems.set(key, { path: key, message });
  };
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) add([...issue.path, key], unknownKey(issue.path, key, wording));
    } else {
      add(issue.path, wrongValue(issue.path, valueAt(raw, issue.path), wording));
    }
  }
  return [...problems.values()];
}

function wrongValue(path: Path, value: unknown, { tree, secretKeys }: Wording): string {
  const { expected, planned } = nodeAt(tree, path) ?? {};
  const instead = `write ${expected ?? "something else"}`;
  if (value === undefined) return `is missing; ${instead}`;
  if (planned?.includes(String(value))) {
    return `${show(value)} is planned and not part of this version yet; ${instead}`;
  }
  const shown = secretKeys.has(String(path[0])) ? "the value (secret, not shown)" : show(value);
  return `${shown} is not allowed; ${instead}`;
}

function unknownKey(parent: Path, key: string, { tree, secretSettings }: Wording): string {
  const siblings = Object.keys(nodeAt(tree, parent)?.properties ?? {});
  const known = parent.length === 0 ? [...siblings, ...secretSettings] : siblings;
  const closest = closestWord(key, known);
  return closest === undefined
    ? `is not a setting; write one of ${oneOf(known)}, or remove it`
    : `is not a setting; did you mean ${closest}?`;
}

/** The known word nearest to the written one; undefined if none is close enough to be a typing error. */
export function closestWord(word: string, known: readonly string[]): string | undefined {
  const steps = (candidate: string) => levenshtein(word.toLowerCase(), candidate.toLowerCase()).steps;
  const [best] = known.map((candidate) => ({ candidate, steps: steps(candidate) })).sort((a, b) => a.steps - b.steps);
  return best !== undefined && best.steps <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
}
