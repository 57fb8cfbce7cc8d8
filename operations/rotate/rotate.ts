import { readStackSettings } from "../common/stackSettings";
import type { Workspace } from "../common/workspace";
import type { RotatedSecret } from "./secrets";

/** What could not be done; the message says what to do about it, and holds no secret. */
export class RotationError extends Error {
  override readonly name = "RotationError";
}

/**
 * Replaces a secret: sets it in the stack's settings, and brings up the few resources that hold it, and nothing else, so that
 * whatever else has changed in the program or its settings waits for an `up` of its own.
 *
 * @param readValue asks for the new value, of a secret that has to be given one
 * @throws RotationError when it is refused, with nothing changed, or when `up` fails, with the setting changed
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
    throw new RotationError(`the settings of stack ${stack} cannot be changed, pulumi does not open it${reason}`);
  }
  const value = secret.given ? (await readValue()).trim() : "";
  const refusal = secret.refuse(config, value);
  if (refusal !== undefined) throw new RotationError(`the ${secret.title} is not rotated: ${refusal}`);
  if (secret.given && token.state === "read" && token.value === value) {
    throw new RotationError(`the ${secret.title} is not rotated: what was given is the one that is in use`);
  }

  const setting = secret.setting(config, value);
  // By standard input: a command line can be read by every user of the machine.
  const options = [...(setting.secret ? ["--secret"] : ["--plaintext"]), "--path", "--stack", stack];
  const set = await show(["config", "set", setting.path, ...options, "--non-interactive"], setting.value);
  if (set !== 0) throw new RotationError(`pulumi config set ${setting.path} ended with exit code ${set}`);

  const targets = secret.targets.flatMap((target) => ["--target", target]);
  const up = await show(["up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack, ...targets]);
  if (up !== 0) {
    throw new RotationError(
      `pulumi up ended with exit code ${up}; the new ${secret.title} is in the stack's settings and not in the cluster yet: ` +
        `once what is wrong is put right, run pulumi up --stack ${stack}`,
    );
  }
}
