import { execFile } from "node:child_process";
import { pulumiEnvironment } from "../local/stack";
import { DEFAULT_STATE_DIR, StateFolder } from "../local/state";
import { ensureToolchain } from "../local/toolchain";
import { PROJECT_ROOT, type RunPulumi, readStackSettings } from "../operations/common/stackSettings";
import type { EnvironmentConfig } from "../stacks/config";
import type { ValidationSettings } from "./settings";
import { settingsOf } from "./settingsOf";

/** A stack that is up: what its validation asks, and how its cluster is reached. */
export interface Target {
  readonly settings: ValidationSettings;
  /** Content of its kubeconfig; never printed. */
  readonly kubeconfig: string;
}

interface Outputs {
  readonly gatewayUrl?: string;
  readonly namespace?: string;
  readonly kubeconfig?: string;
}

/** The name of the embedded environment's stack, whose state is in a folder of its own. */
const LOCAL_STACK = "local";

/**
 * Reads a stack through the Pulumi CLI: its configuration, and the outputs of its last `up`.
 *
 * @param stateFolder the embedded environment's folder. Default: that of `make local`
 * @throws Error that says what to do where the stack is not up
 */
export async function readTarget(stack: string, stateFolder?: string): Promise<Target> {
  const { root, run } = stack === LOCAL_STACK ? await embedded(stateFolder) : { root: PROJECT_ROOT, run: pulumi() };
  const { config } = await readStackSettings(stack, { root, run });
  const text = await run(["stack", "output", "--json", "--show-secrets", "--stack", stack, "--non-interactive"]);
  return targetOf(stack, config, JSON.parse(text) as Outputs);
}

/** A target from configuration and outputs. */
export function targetOf(stack: string, config: EnvironmentConfig, outputs: Outputs): Target {
  const { gatewayUrl, namespace, kubeconfig } = outputs;
  if (gatewayUrl === undefined || namespace === undefined || kubeconfig === undefined) {
    throw new Error(`stack ${stack} has no outputs; bring it up first: make up STACK=${stack}`);
  }
  return { settings: settingsOf(config, gatewayUrl), kubeconfig };
}

async function embedded(stateFolder = DEFAULT_STATE_DIR): Promise<{ root: string; run: RunPulumi }> {
  const state = new StateFolder(stateFolder);
  if (!state.exists) throw new Error("there is no embedded environment; make local brings one up");
  const toolchain = await ensureToolchain({ quiet: true });
  const root = state.path("workspace");
  return { root, run: pulumi(toolchain.bin("pulumi"), root, pulumiEnvironment(state, toolchain)) };
}

function pulumi(program = "pulumi", cwd = PROJECT_ROOT, environment: Record<string, string> = {}): RunPulumi {
  return (args) =>
    new Promise((resolve, reject) => {
      const env = { ...process.env, ...environment };
      execFile(
        program,
        [...args],
        { cwd, env, maxBuffer: 16 * 1024 * 1024, timeout: 60_000 },
        (error, stdout, stderr) => {
          if (error === null) return resolve(stdout);
          // The message of execFile's own error repeats the command, which says nothing to a reader.
          const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
          reject(new Error(missing ? "pulumi is not on the PATH" : stderr.trim() || error.message));
        },
      );
    });
}
