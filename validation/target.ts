import { readStackSettings } from "../operations/common/stackSettings";
import { workspaceOf } from "../operations/common/workspace";
import type { EnvironmentConfig } from "../stacks/config";
import type { ValidationSettings } from "./runSettings";
import { settingsOf } from "./runSettings";

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

/**
 * Reads a stack through the Pulumi CLI: its configuration, and the outputs of its last `up`.
 *
 * @param stateFolder the embedded environment's folder. Default: that of `make local`
 * @throws Error that says what to do where the stack is not up
 */
export async function readTarget(stack: string, stateFolder?: string): Promise<Target> {
  const { root, run } = await workspaceOf(stack, stateFolder);
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
