import { spawn } from "node:child_process";
import * as crypto from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import * as automation from "@pulumi/pulumi/automation";
import { parseDocument } from "yaml";
import program = require("../index");
import { EMBEDDED_WORKSPACE_FILE, type EmbeddedWorkspace } from "../operations/common/workspace";
import { PROJECT_ROOT, type StateFolder } from "./state";
import type { Toolchain } from "./toolchain";

/** The name of the embedded environment's stack. */
export const STACK_NAME = "local";

/** The workspace's settings of the stack, in the state folder. */
const SETTINGS_FILE = `workspace/Pulumi.${STACK_NAME}.yaml`;

/** Configuration key of the token. */
const TOKEN_KEY = "llm-d:huggingFaceToken";

/** Used when no Hugging Face token is given. The simulators download no weights. */
const PLACEHOLDER_TOKEN = "hf_theEmbeddedEnvironmentDownloadsNothing";

/** Values by configuration path (`models[0].replicas`). Undefined removes the setting. */
export type SettingChanges = Readonly<Record<string, string | undefined>>;

/** What the embedded environment sets besides Pulumi.local.yaml. */
export interface LocalStackOptions {
  /** The Hugging Face token. @default the earlier one, or a placeholder */
  readonly huggingFaceToken?: string;
  /** Changes to Pulumi.local.yaml. */
  readonly config?: SettingChanges;
  /** Take charts and CRDs from their registries instead of the toolchain's folder. @default false */
  readonly officialCharts?: boolean;
}

/** The environment variables by which a Pulumi command finds this stack. */
export function pulumiEnvironment(state: StateFolder, toolchain: Toolchain): Record<string, string> {
  return {
    PULUMI_BACKEND_URL: `file://${state.path("pulumi")}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: state.path("run", "passphrase"),
    PULUMI_HOME: state.path("pulumi-home"),
    PULUMI_STACK: STACK_NAME,
    KUBECONFIG: state.kubeconfig,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Operations wait for the cluster. The default is four at a time for each processor of this machine.
    PULUMI_PARALLEL: "64",
    // Private, because the provider leaves a copy of the kubeconfig in TMPDIR.
    TMPDIR: state.path("run", "tmp", String(process.pid)),
    // Helm, inside the provider, would otherwise write its caches to the home folder.
    HELM_CACHE_HOME: state.path("run", "helm", "cache"),
    HELM_CONFIG_HOME: state.path("run", "helm", "config"),
    HELM_DATA_HOME: state.path("run", "helm", "data"),
    PATH: [...toolPath(toolchain), process.env.PATH ?? ""].join(":"),
  };
}

/** Quotes a text for a shell. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Writes these variables to a file for a shell (`. FILE`). @returns its path */
export function writeEnvironmentFile(state: StateFolder, toolchain: Toolchain): string {
  const { PATH: _, TMPDIR: __, ...variables } = pulumiEnvironment(state, toolchain);
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuote(value)}\n`);
  const path = `export PATH=${toolPath(toolchain).map(shellQuote).join(":")}:"$PATH"\n`;
  return state.write("env", `unset PULUMI_CONFIG_PASSPHRASE\n${lines.join("")}${path}`);
}

/** Writes the file from which the commands in operations/ learn how Pulumi is run on this stack. */
function writeWorkspaceFile(state: StateFolder, toolchain: Toolchain): void {
  const { PATH: _, TMPDIR: __, ...environment } = pulumiEnvironment(state, toolchain);
  const workspace: EmbeddedWorkspace = {
    program: toolchain.bin("pulumi"),
    root: state.path("workspace"),
    environment,
    path: toolPath(toolchain),
    temporaryFolder: state.path("run", "tmp"),
  };
  state.write(EMBEDDED_WORKSPACE_FILE, JSON.stringify(workspace));
}

/**
 * Folders with the CLI, the Kubernetes provider, the language host and the fake random provider. They come first on PATH, so
 * that no installed version is used instead.
 */
export function toolPath(toolchain: Toolchain): string[] {
  return [toolchain.binDir, ...["languageHost", "random"].map((name) => path.join(__dirname, name, "bin"))];
}

/** The text of the project's Pulumi.yaml for another folder, with its paths pointing at this checkout. */
export function projectElsewhere(folder: string): string {
  const project = parseDocument(fs.readFileSync(path.join(PROJECT_ROOT, "Pulumi.yaml"), "utf8"));
  const { main, plugins } = project.toJS() as { main: string; plugins: { providers: { path: string }[] } };
  const moved = (location: string): string => path.relative(folder, path.join(PROJECT_ROOT, location));
  project.set("main", moved(main));
  plugins.providers.forEach(({ path: location }, index) => {
    project.setIn(["plugins", "providers", index, "path"], moved(location));
  });
  return project.toString();
}

/**
 * Writes the stack's workspace: the project's Pulumi.yaml with its paths pointing at this checkout, and Pulumi.local.yaml with this
 * machine's settings. So no run changes a file of the checkout, and the official CLI can use the same stack.
 */
function writeWorkspace(state: StateFolder): string {
  const workspace = state.path("workspace");
  state.write("workspace/Pulumi.yaml", projectElsewhere(workspace));
  const settings = parseDocument(fs.readFileSync(path.join(PROJECT_ROOT, `Pulumi.${STACK_NAME}.yaml`), "utf8"));
  const before = parseDocument(state.read(SETTINGS_FILE) ?? "{}");
  for (const key of [["secretsprovider"], ["encryptionsalt"], ["config", TOKEN_KEY]]) {
    if (before.hasIn(key)) settings.setIn(key, before.getIn(key));
  }
  state.write(SETTINGS_FILE, settings.toString());
  return workspace;
}

/**
 * Removes empty `.attrs` files, which a killed engine leaves: unlike the state, they are not written atomically. Pulumi fails on
 * an empty one with "failed to load checkpoint: EOF", and does not need them.
 */
function removeEmptyAttributes(state: StateFolder): void {
  const folder = state.path("pulumi", ".pulumi", "stacks");
  if (!fs.existsSync(folder)) return;
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const file = path.join(folder, name);
    if (name.endsWith(".attrs") && fs.statSync(file).size === 0) fs.rmSync(file);
  }
}

/** Opens the Automation API's stack with this checkout's index.ts. */
export async function openStack(
  state: StateFolder,
  toolchain: Toolchain,
  options: LocalStackOptions = {},
): Promise<automation.Stack> {
  if (state.read("run/passphrase") === undefined) {
    state.write("run/passphrase", crypto.randomBytes(32).toString("hex"));
  }
  // It takes precedence over the file with the generated passphrase.
  delete process.env.PULUMI_CONFIG_PASSPHRASE;
  makeTemporaryFolder(state);
  removeEmptyAttributes(state);
  const environment = pulumiEnvironment(state, toolchain);
  const stack = await automation.LocalWorkspace.createOrSelectStack(
    {
      stackName: STACK_NAME,
      projectName: "llm-d",
      program,
    },
    {
      workDir: writeWorkspace(state),
      envVars: environment,
      pulumiCommand: await automation.PulumiCommand.get({ root: path.dirname(toolchain.binDir) }),
    },
  );
  const changes: SettingChanges = {
    "kubernetes.kubeconfig": state.kubeconfig,
    ...(options.officialCharts === true ? {} : { "charts.mirror": toolchain.mirror }),
    ...options.config,
  };
  const set = Object.entries(changes).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, { value }] as const],
  );
  await stack.setAllConfig(Object.fromEntries(set), true);
  for (const [key, value] of Object.entries(changes)) if (value === undefined) await stack.removeConfig(key, true);
  if (options.huggingFaceToken !== undefined || !(state.read(SETTINGS_FILE) ?? "").includes(TOKEN_KEY)) {
    await setToken(state, toolchain, options.huggingFaceToken ?? PLACEHOLDER_TOKEN);
  }
  writeWorkspaceFile(state, toolchain);
  return stack;
}

/** Sets the token through the CLI's standard input, because every user can read a command line. */
async function setToken(state: StateFolder, toolchain: Toolchain, token: string): Promise<void> {
  const child = spawn(toolchain.bin("pulumi"), ["config", "set", TOKEN_KEY, "--secret", "--stack", STACK_NAME], {
    cwd: state.path("workspace"),
    env: { ...process.env, ...pulumiEnvironment(state, toolchain) },
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.stdin.end(token);
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`pulumi config set ${TOKEN_KEY} ended with exit code ${code}`);
}

/** Creates this process's folder for temporary files, and removes those of dead processes. */
function makeTemporaryFolder(state: StateFolder): void {
  const folder = state.path("run", "tmp");
  fs.mkdirSync(path.join(folder, String(process.pid)), { recursive: true, mode: 0o700 });
  for (const pid of fs.readdirSync(folder).filter((name) => !fs.existsSync(`/proc/${name}`))) {
    fs.rmSync(path.join(folder, pid), { recursive: true, force: true });
  }
}
