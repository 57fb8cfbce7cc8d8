import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { CONFIG_NAMESPACE, type EnvironmentConfig, loadConfig } from "../../stacks/config";
import { withoutTokens } from "./command";
import { PROJECT_WORKSPACE, type Workspace } from "./workspace";

/** The token's setting, with its namespace. */
const TOKEN_KEY = `${CONFIG_NAMESPACE}:huggingFaceToken`;

/** Takes the place of a token that is set but cannot be read here, so that all other settings are still checked. */
const UNREADABLE_TOKEN = "hf_setButNotReadableHere";

/** The Hugging Face token, or why there is none to check. Never printed. */
export type TokenReading =
  | { readonly state: "read"; readonly value: string }
  | { readonly state: "missing" }
  | { readonly state: "unreadable"; readonly reason: string };

/** The settings of a stack. */
export interface StackSettings {
  readonly project: string;
  readonly stack: string;
  readonly config: EnvironmentConfig;
  readonly token: TokenReading;
  /** Where the settings were read: `pulumi config`, or the file when the CLI could not be used. */
  readonly source: string;
}

/** One setting as `pulumi config --json` prints it; a secret has no value unless secrets are asked for. */
interface PrintedValue {
  readonly value?: string;
  readonly secret: boolean;
}
type PrintedConfig = Readonly<Record<string, PrintedValue>>;

/** The owner of everything that a stack makes: the value of the tag `llm-d.ai/environment`. */
export const ownerOf = (project: string, stack: string): string => `${project}/${stack}`;

/**
 * Reads a stack's configuration as the program itself would. The Pulumi CLI reads it, because only the CLI can decrypt the
 * token. Without the CLI, its backend or the passphrase, the settings file is read, without the token.
 *
 * @throws ConfigError when the configuration has mistakes; Error when there is none
 */
export async function readStackSettings(
  stack: string,
  { root, run }: Pick<Workspace, "root" | "run"> = PROJECT_WORKSPACE,
): Promise<StackSettings> {
  const project = projectOf(root);
  try {
    const text = await run(["config", "--json", "--show-secrets", "--stack", stack, "--non-interactive"]);
    const printed = JSON.parse(text) as PrintedConfig;
    const token = printed[TOKEN_KEY]?.value;
    const reading: TokenReading = token === undefined ? { state: "missing" } : { state: "read", value: token };
    return { project, stack, source: "pulumi config", token: reading, config: load(project, stack, printed) };
  } catch (error) {
    if (error instanceof Error && error.name === "ConfigError") throw error;
    const reason = withoutTokens(firstLine(error));
    const file = path.join(root, `Pulumi.${stack}.yaml`);
    if (!fs.existsSync(file)) throw new Error(`${reason}; and there is no ${path.basename(file)}`, { cause: error });
    const printed = fromFiles(root, file);
    const token: TokenReading = TOKEN_KEY in printed ? { state: "unreadable", reason } : { state: "missing" };
    return { project, stack, source: path.basename(file), token, config: load(project, stack, printed) };
  }
}

/** Gives the settings to the program's own reader, so that defaults and checks are the same. */
function load(project: string, stack: string, printed: PrintedConfig): EnvironmentConfig {
  const entries = Object.entries(printed).map(([key, { value }]) => [key, value ?? UNREADABLE_TOKEN] as const);
  const all = new Map<string, string>(entries);
  const secrets = Object.keys(printed).filter((key) => printed[key]?.secret === true);
  if (!all.has(TOKEN_KEY)) {
    // The check of the token reports that it is missing, together with the other checks.
    all.set(TOKEN_KEY, UNREADABLE_TOKEN);
    secrets.push(TOKEN_KEY);
  }
  try {
    pulumi.runtime.setAllConfig(Object.fromEntries(all), secrets);
    return loadConfig(`${project}-${stack}`);
  } finally {
    pulumi.runtime.setAllConfig({});
  }
}

/** The project's name. */
export function projectOf(root: string): string {
  const { name } = parse(fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8")) as { name: string };
  return name;
}

/** The settings file over the defaults of Pulumi.yaml. */
function fromFiles(root: string, file: string): PrintedConfig {
  const project = parse(fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8")) as {
    config?: Record<string, { default?: unknown } | unknown>;
  };
  const defaults = Object.entries(project.config ?? {}).flatMap(([key, declared]) => {
    const value = (declared as { default?: unknown } | null)?.default;
    return value === undefined ? [] : [[namespaced(key), value] as const];
  });
  const stack = parse(fs.readFileSync(file, "utf8")) as { config?: Record<string, unknown> } | null;
  const own = Object.entries(stack?.config ?? {}).map(([key, value]) => [namespaced(key), value] as const);
  return Object.fromEntries([...defaults, ...own].map(([key, value]) => [key, printed(value)]));
}

const namespaced = (key: string): string => (key.includes(":") ? key : `${CONFIG_NAMESPACE}:${key}`);

/** A setting as the CLI prints it without its secrets. Inside of objects, encrypted values become text. */
function printed(value: unknown): PrintedValue {
  if (isSecure(value)) return { secret: true };
  let secret = false;
  const text = JSON.stringify(value, (_, inner: unknown) => {
    if (!isSecure(inner)) return inner;
    secret = true;
    return "encrypted";
  });
  return { value: typeof value === "string" ? value : text, secret };
}

/** Whether a value of a settings file is encrypted: `{ secure: … }`. */
function isSecure(value: unknown): boolean {
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
  return keys.length === 1 && keys[0] === "secure";
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] ?? text).replace(/^error: /, "");
}
