import type { ValidationSettings } from "../../validation/runSettings";
import { settingsOf } from "../../validation/runSettings";
import { readStackSettings } from "../common/stackSettings";
import { workspaceOf } from "../common/workspace";

/** What the validation of a stack needs. */
export interface Target {
  readonly settings: ValidationSettings;
  /** Content of the kubeconfig; never printed. */
  readonly kubeconfig: string;
}

type Outputs = Readonly<Partial<Record<"gatewayUrl" | "namespace" | "kubeconfig", string>>>;

/**
 * Reads a stack's configuration and the outputs of its last `up`.
 *
 * @param stateFolder the embedded environment's folder
 * @throws Error that says what to do when the stack is not up
 */
export async function readTarget(stack: string, stateFolder?: string): Promise<Target> {
  const { root, run } = workspaceOf(stack, stateFolder);
  const { config } = await readStackSettings(stack, { root, run });
  const text = await run(["stack", "output", "--json", "--show-secrets", "--stack", stack, "--non-interactive"]);
  const { gatewayUrl, namespace, kubeconfig } = JSON.parse(text) as Outputs;
  if (gatewayUrl === undefined || namespace === undefined || kubeconfig === undefined) {
    throw new Error(`stack ${stack} has no outputs; bring it up first: make up STACK=${stack}`);
  }
  return { settings: settingsOf(config, gatewayUrl), kubeconfig };
}
