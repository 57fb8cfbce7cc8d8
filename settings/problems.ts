import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { PLANNED_LANES } from "../stacks/versions";
import { PRIVATE_KEY_SETTING } from "../components/gateway/settings";
import { environmentSchema } from "../stacks/environmentSchema";
import { oneOf } from "./fields";

/** One thing that is wrong with the configuration. */
export interface Problem {
  /** The key as a user writes it under the project's namespace: `models[1].replicas`. */
  path: string;
  /** What is wrong, with the value, and what to write instead. Never holds a secret. */
  message: string;
}

/** A place in the configuration, from the outside in. */
export type Path = readonly PropertyKey[];

/**
 * What is wrong with the configuration of a stack: every problem, not only the first. The CLI prints it without a stack
 * trace, as every `RunError`: where in the program it was noticed is of no help to who wrote the configuration.
 */
export class ConfigError extends pulumi.RunError {
  /** All problems: settings in the order of the schema, models in their own, the token last. */
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const lines = problems.map((problem) => `  - ${problem.path}: ${problem.message}`);
    super(`The configuration of this stack has ${count}:\n${lines.join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** `["models", 1, "replicas"]` as `models[1].replicas`, the form that `pulumi config set --path` takes too. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") {
      return `${text}[${part}]`;
    }
    const key = String(part);
    if (/[.[\]"]/.test(key) || key === "") {
      return `${text}[${JSON.stringify(key)}]`;
    }
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

/** A problem with the setting at a path. */
export function problem(path: Path, message: string): Problem {
  return { path: formatPath(path), message };
}

/** Matches what looks like a Hugging Face token, which must not appear in any message. */
export const TOKEN_LIKE = /hf_[A-Za-z0-9_]{8,}/g;

/** A value as a message shows it: short, on one line, and without anything that looks like a token. */
export function show(value: unknown): string {
  if (Array.isArray(value)) {
    return "a list";
  }
  if (typeof value === "object" && value !== null) {
    return "an object";
  }
  if (typeof value !== "string") {
    return String(value);
  }
  if (value.includes("\n")) {
    // The content of some file, which may well hold credentials.
    return "a text of several lines";
  }
  const safe = value.replace(TOKEN_LIKE, "[secret]");
  return JSON.stringify(safe.length > 80 ? `${safe.slice(0, 77)}...` : safe);
}

/** The parts of a JSON schema that messages and documentation are made from. */
export interface SchemaNode {
  type?: string;
  description?: string;
  expected?: string;
  unit?: string;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, SchemaNode>;
  required?: string[];
  items?: SchemaNode;
}

/** The schema as JSON schema, with each field's `expected` and `unit` in it. */
export const schemaTree = z.toJSONSchema(environmentSchema, {
  io: "input",
  unrepresentable: "any",
}) as unknown as SchemaNode;

/** The schema's node for a path, where there is one. */
export function schemaNode(path: Path): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>(
    (node, part) => (typeof part === "number" ? node?.items : node?.properties?.[String(part)]),
    schemaTree,
  );
}

/** The value at a path of whatever was configured. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, part) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );
}

/**
 * Puts what zod found into words, one problem for each path: the messages come from the fields' own `expected`, so
 * that they say what to write whichever way a value is wrong.
 */
export function describeIssues(issues: readonly z.core.$ZodIssue[], raw: unknown, secretKeys: ReadonlySet<string>) {
  const problems = new Map<string, Problem>();
  const add = (path: Path, message: string) => {
    const key = formatPath(path);
    if (!problems.has(key)) {
      problems.set(key, { path: key, message });
    }
  };
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        add([...issue.path, key], unknownKey(issue.path, key));
      }
    } else {
      add(issue.path, wrongValue(issue.path, valueAt(raw, issue.path), secretKeys));
    }
  }
  return [...problems.values()];
}

function wrongValue(path: Path, value: unknown, secretKeys: ReadonlySet<string>): string {
  const instead = `write ${schemaNode(path)?.expected ?? "something else"}`;
  if (value === undefined) {
    return `is missing; ${instead}`;
  }
  if (path.length === 1 && path[0] === "lane" && PLANNED_LANES.includes(String(value))) {
    return `${show(value)} is planned and not part of this version yet; ${instead}`;
  }
  const shown = secretKeys.has(String(path[0])) ? "the value (secret, not shown)" : show(value);
  return `${shown} is not allowed; ${instead}`;
}

/** Settings that are no part of the schema, whose values could be printed. */
export const SECRET_SETTINGS: readonly string[] = [PRIVATE_KEY_SETTING, "huggingFaceToken"];

function unknownKey(parent: Path, key: string): string {
  const siblings = Object.keys(schemaNode(parent)?.properties ?? {});
  const known = parent.length === 0 ? [...siblings, ...SECRET_SETTINGS] : siblings;
  const closest = closestWord(key, known);
  return closest === undefined
    ? `is not a setting; write one of ${oneOf(known)}, or remove it`
    : `is not a setting; did you mean ${closest}?`;
}

/** The known word nearest to what was written, if it is near enough to be a slip. */
export function closestWord(word: string, known: readonly string[]): string | undefined {
  const distances = known.map((candidate) => ({
    candidate,
    distance: editDistance(word.toLowerCase(), candidate.toLowerCase()),
  }));
  const best = distances.reduce((a, b) => (b.distance < a.distance ? b : a), { candidate: "", distance: Infinity });
  return best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

/** Levenshtein distance, a transposition of neighbours counting as one step. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
