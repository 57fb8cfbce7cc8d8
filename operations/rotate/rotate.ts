import { readStackSettings } from "../common/stackSettings";
import type { Workspace } from "../common/workspace";
import type { RotatedSecret } from "./secrets";

/**
 * Replaces a secret: sets it in the stack's settings and updates only the resources that hold it. Other changes of the program
 * or its settings wait for a full `up`.
 *
 * @param readValue asks for the new value of a secret that is given
 * @throws Error, without the secret, when it is refused and nothing has changed, or when `up` fails after the setting was changed
 */
export async function rotate(
  stack: string,
  secret: RotatedSecret,
  workspace: Workspace,
  readValue: () => Promise<string>,
): Promise<void> {
  const { root, run, show } = workspace;
  const { config, token, source } = await readStackSettings(stack, { root, run });
  if (source !== "pulumi config") {
    const reason = token.state === "unreadable" ? `: ${token.reason}` : "";
    throw new Error(`the settings of stack ${stack} cannot be changed, because pulumi cannot open the stack${reason}`);
  }
  const value = secret.given ? (await readValue()).trim() : "";
  const refusal = secret.refuse(config, value);
  if (refusal !== undefined) throw new Error(`the ${secret.title} is not rotated: ${refusal}`);
  if (secret.given && token.state === "read" && token.value === value) {
    throw new Error(`the ${secret.title} is not rotated: the given one is the one that is in use`);
  }

  const setting = secret.setting(config, value);
  // Through standard input: every user of the machine can read a command line.
  const options = [...(setting.secret ? ["--secret"] : ["--plaintext"]), "--path", "--stack", stack];
  const set = await show(["config", "set", setting.path, ...options, "--non-interactive"], setting.value);
  if (set !== 0) throw new Error(`pulumi config set ${setting.path} ended with exit code ${set}`);

  const targets = secret.targets.flatMap((target) => ["--target", target]);
  const up = await show(["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack, ...targets]);
  if (up !== 0) {
    throw new Error(
      `pulumi up ended with exit code ${up}; the new ${secret.title} is in the stack's settings and not in the cluster yet: ` +
        `correct the cause, then run pulumi up --stack ${stack}`,
    );
  }
}
