import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as automation from "@pulumi/pulumi/automation";
import { parseDocument } from "yaml";
import program = require("../index");
import { PROJECT_ROOT, type StateFolder } from "./state";
import type { Toolchain } from "./toolchain";

/** The name of the embedded environment's stack. */
export const STACK_NAME = "local";

/** Stands in for a Hugging Face token where none is given: the simulators download no weights. */
const PLACEHOLDER_TOKEN = "hf_theEmbeddedEnvironmentDownloadsNothing";

/** What the embedded environment sets in the stack's configuration besides Pulumi.local.yaml. */
export interface LocalStackOptions {
  /** The Hugging Face token; a placeholder when undefined. */
  readonly huggingFaceToken?: string;
  /** Changes to values of Pulumi.local.yaml, by the key's path (`models[0].replicas`). */
  readonly config?: Readonly<Record<string, string>>;
}

/** The environment variables with which any Pulumi command finds this stack. */
export function pulumiEnvironment(state: StateFolder, toolchain: Toolchain): Record<string, string> {
  return {
    PULUMI_BACKEND_URL: `file://${state.path("pulumi")}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: state.path("run", "passphrase"),
    PULUMI_HOME: state.path("pulumi-home"),
    PULUMI_STACK: STACK_NAME,
    KUBECONFIG: state.kubeconfig,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The provider leaves a copy of the kubeconfig in the folder for temporary files each time it runs.
    TMPDIR: state.path("run", "tmp"),
    // Helm, inside the provider, would otherwise write its caches to the home folder.
    HELM_CACHE_HOME: state.path("run", "helm", "cache"),
    HELM_CONFIG_HOME: state.path("run", "helm", "config"),
    HELM_DATA_HOME: state.path("run", "helm", "data"),
    PATH: [...toolPath(toolchain), process.env.PATH ?? ""].join(":"),
  };
}

/** Writes those variables as a file for a shell to read: `. FILE`. */
export function writeEnvironmentFile(state: StateFolder, toolchain: Toolchain): string {
  const quote = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`;
  const { PATH: _, ...variables } = pulumiEnvironment(state, toolchain);
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  return state.write("env", `${lines.join("")}export PATH=${toolPath(toolchain).map(quote).join(":")}:"$PATH"\n`);
}

/** The CLI and the Kubernetes provider of the toolchain; an installed one of another version is not used by chance. */
function toolPath(toolchain: Toolchain): string[] {
  return [toolchain.binDir, path.join(__dirname, "languageHost", "bin")];
}

/**
 * Lays the stack's workspace: the project's Pulumi.yaml with `main` pointing back at index.ts, and Pulumi.local.yaml with
 * what only this machine knows. It is a folder of its own, so that no run changes a file of the checkout, and
 * `pulumi -C <workspace> preview` with the official CLI works on the very same stack.
 */
function layWorkspace(state: StateFolder): string {
  const workspace = state.path("workspace");
  const project = parseDocument(fs.readFileSync(path.join(PROJECT_ROOT, "Pulumi.yaml"), "utf8"));
  project.set("main", path.relative(workspace, PROJECT_ROOT));
  state.write("workspace/Pulumi.yaml", project.toString());
  const settings = parseDocument(fs.readFileSync(path.join(PROJECT_ROOT, `Pulumi.${STACK_NAME}.yaml`), "utf8"));
  const before = parseDocument(state.read(`workspace/Pulumi.${STACK_NAME}.yaml`) ?? "{}");
  for (const key of ["secretsprovider", "encryptionsalt"]) {
    if (before.has(key)) settings.set(key, before.get(key));
  }
  state.write(`workspace/Pulumi.${STACK_NAME}.yaml`, settings.toString());
  return workspace;
}

/** The Automation API's stack over this checkout's own index.ts. */
export async function openStack(
  state: StateFolder,
  toolchain: Toolchain,
  options: LocalStackOptions = {},
): Promise<automation.Stack> {
  if (state.read("run/passphrase") === undefined) {
    state.write("run/passphrase", crypto.randomBytes(32).toString("hex"));
  }
  fs.rmSync(state.path("run", "tmp"), { recursive: true, force: true });
  fs.mkdirSync(state.path("run", "tmp"), { mode: 0o700 });
  const environment = pulumiEnvironment(state, toolchain);
  const stack = await automation.LocalWorkspace.createOrSelectStack(
    {
      stackName: STACK_NAME,
      projectName: "llm-d",
      program,
    },
    {
      workDir: layWorkspace(state),
      envVars: environment,
      pulumiCommand: await automation.PulumiCommand.get({ root: path.dirname(toolchain.binDir) }),
    },
  );
  const plain: Record<string, string> = {
    "kubernetes.kubeconfig": state.kubeconfig,
    "charts.mirror": toolchain.mirror,
    ...options.config,
  };
  await stack.setAllConfig(
    {
      ...Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, { value }])),
      huggingFaceToken: { value: options.huggingFaceToken ?? PLACEHOLDER_TOKEN, secret: true },
    },
    true,
  );
  return stack;
}
