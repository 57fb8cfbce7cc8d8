import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { CONFIG_NAMESPACE, type EnvironmentConfig, loadConfig } from "../../stacks/config";

/** The project's folder. */
export const PROJECT_ROOT = path.resolve(__dirname, "..", "..");

/** The token's setting, with its namespace. */
const TOKEN_KEY = `${CONFIG_NAMESPACE}:huggingFaceToken`;

/** Stands in for a token that is set but cannot be read here, so that all other settings are still checked. */
const UNREADABLE_TOKEN = "hf_setButNotReadableHere";

/** Matches what looks like a Hugging Face token, which must not appear in any output. */
const TOKEN_LIKE = /hf_[A-Za-z0-9_]{8,}/g;

/** The Hugging Face token, or why there is none to check. Never printed. */
export type TokenReading =
  | { readonly state: "read"; readonly value: string }
  | { readonly state: "missing" }
  | { readonly state: "unreadable"; readonly reason: string };

/** What a stack is configured with. */
export interface StackSettings {
  readonly project: string;
  readonly stack: string;
  readonly config: EnvironmentConfig;
  readonly token: TokenReading;
  /** Where the settings were read: `pulumi config`, or the file, where the CLI could not be used. */
  readonly source: string;
}

/** One setting as `pulumi config --json` prints it; a secret has no value unless secrets are asked for. */
interface PrintedValue {
  readonly value?: string;
  readonly secret: boolean;
}
type PrintedConfig = Readonly<Record<string, PrintedValue>>;

/** Runs a command; injected by tests. */
export type RunPulumi = (args: readonly string[]) => Promise<string>;

export interface ReadOptions {
  /** Folder with Pulumi.yaml. Default: the project's. */
  readonly root?: string;
  readonly run?: RunPulumi;
}

/** Owner of everything that a stack makes, the value of the tag `llm-d.ai/environment`. */
export const ownerOf = (project: string, stack: string): string => `${project}/${stack}`;

/**
 * Reads a stack's configuration as the program itself would: through the CLI, which alone can decrypt the token, or,
 * where the CLI, its backend or the passphrase is missing, from the settings file, without the token.
 *
 * @throws ConfigError when the configuration has mistakes; Error when there is none
 */
export async function readStackSettings(stack: string, options: ReadOptions = {}): Promise<StackSettings> {
  const root = options.root ?? PROJECT_ROOT;
  const project = projectOf(root);
  const run = options.run ?? pulumiIn(root);
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

/** Text in which nothing looks like a token any more. */
export function withoutTokens(text: string): string {
  return text.replace(TOKEN_LIKE, "[secret]");
}

function pulumiIn(root: string): RunPulumi {
  return (args) =>
    new Promise((resolve, reject) => {
      const options = { cwd: root, maxBuffer: 16 * 1024 * 1024, timeout: 60_000 };
      execFile("pulumi", [...args], options, (error, stdout, stderr) => {
        if (error === null) return resolve(stdout);
        // The message of execFile's own error repeats the command, which says nothing to a reader.
        const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
        reject(new Error(missing ? "pulumi is not on the PATH" : stderr.trim() || error.message));
      });
    });
}

/** Hands the settings to the program's own reader, so that defaults and checks are the same ones. */
function load(project: string, stack: string, printed: PrintedConfig): EnvironmentConfig {
  const entries = Object.entries(printed).map(([key, { value }]) => [key, value ?? UNREADABLE_TOKEN] as const);
  const all = new Map<string, string>(entries);
  const secrets = Object.keys(printed).filter((key) => printed[key]?.secret === true);
  if (!all.has(TOKEN_KEY)) {
    // Its absence is told by the check of the token, beside the other checks.
    all.set(TOKEN_KEY, UNREADABLE_TOKEN);
    secrets.push(TOKEN_KEY);
  }
  const environment = { PULUMI_NODEJS_PROJECT: project, PULUMI_NODEJS_STACK: stack };
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
  try {
    // What pulumi.getProject() and getStack() answer outside of the engine.
    Object.assign(process.env, environment);
    pulumi.runtime.setAllConfig(Object.fromEntries(all), secrets);
    return loadConfig();
  } finally {
    pulumi.runtime.setAllConfig({});
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
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
  return Object.fromEntries(
    [...defaults, ...own].map(([key, value]) => [
      key,
      { value: isSecure(value) ? undefined : printedValue(withoutSecrets(value)), secret: holdsSecret(value) },
    ]),
  );
}

const namespaced = (key: string): string => (key.includes(":") ? key : `${CONFIG_NAMESPACE}:${key}`);
const printedValue = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** An encrypted value of a settings file: `{ secure: … }`. */
function isSecure(value: unknown): boolean {
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
  return keys.length === 1 && keys[0] === "secure";
}

function holdsSecret(value: unknown): boolean {
  if (isSecure(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsSecret);
}

/** Encrypted values inside of objects, as text. */
function withoutSecrets(value: unknown): unknown {
  if (isSecure(value)) return "encrypted";
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner)]));
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] ?? text).replace(/^error: /, "");
}
