import * as pulumi from "@pulumi/pulumi";

/** One thing that is wrong with the configuration. */
export interface Problem {
  /** The key as a user writes it, without the project's namespace: `models[1].replicas`. */
  path: string;
  /** What is wrong, with the value, and what to write instead. Never holds a secret. */
  message: string;
}

/** A place in the configuration, from the outside in. */
export type Path = readonly PropertyKey[];

/**
 * All problems of the configuration of a stack. The CLI prints a `RunError` without a stack trace, which would not help
 * the author of the configuration.
 */
export class ConfigError extends pulumi.RunError {
  /** All problems: settings in the order of the schema, models in their order, secrets last. */
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

/** Matches texts that look like a Hugging Face token. No message may contain one. */
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
    // Probably the content of a file, which may contain credentials.
    return "a text of several lines";
  }
  const safe = value.replace(TOKEN_LIKE, "[secret]");
  return JSON.stringify(safe.length > 80 ? `${safe.slice(0, 77)}...` : safe);
}
