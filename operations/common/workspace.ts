import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { pulumiEnvironment } from "../../local/stack";
import { DEFAULT_STATE_DIR, StateFolder } from "../../local/state";
import { ensureToolchain } from "../../local/toolchain";
import { PROJECT_ROOT, type RunPulumi } from "./stackSettings";

/** The name of the embedded environment's stack, whose state is in a folder of its own. */
const LOCAL_STACK = "local";

/** Where Pulumi's commands for a stack are run, and how. */
export interface Workspace {
  /** Folder with Pulumi.yaml and the stack's settings. */
  readonly root: string;
  /** Runs a command and returns what it prints. Its standard error is the message of the error that it ends with. */
  readonly run: RunPulumi;
  /**
   * Runs a command in front of the user, with `input` as its standard input, and returns its exit code.
   *
   * @throws Error when it cannot be started
   */
  readonly show: (args: readonly string[], input?: string) => Promise<number>;
}

/**
 * The workspace of a stack.
 *
 * @param stateFolder the embedded environment's folder. Default: that of `make local`
 * @throws Error when the embedded environment is meant and there is none
 */
export async function workspaceOf(stack: string, stateFolder = DEFAULT_STATE_DIR): Promise<Workspace> {
  if (stack !== LOCAL_STACK) return workspace("pulumi", PROJECT_ROOT, {});
  const state = new StateFolder(stateFolder);
  if (!state.exists) throw new Error("there is no embedded environment; make local brings one up");
  const toolchain = await ensureToolchain({ quiet: true });
  return workspace(toolchain.bin("pulumi"), state.path("workspace"), pulumiEnvironment(state, toolchain));
}

function workspace(program: string, root: string, environment: Record<string, string>): Workspace {
  const env = { ...process.env, ...environment };
  const missing = (error: Error): Error =>
    (error as NodeJS.ErrnoException).code === "ENOENT" ? new Error("pulumi is not on the PATH") : error;
  return {
    root,
    run: (args) =>
      new Promise((resolve, reject) => {
        const options = { cwd: root, env, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 };
        execFile(program, [...args], options, (error, stdout, stderr) => {
          if (error === null) return resolve(stdout);
          // The message of execFile's own error repeats the command, which says nothing to a reader.
          reject(stderr.trim() === "" ? missing(error) : new Error(stderr.trim()));
        });
      }),
    show: async (args, input) => {
      const stdin = input === undefined ? "inherit" : "pipe";
      const child = spawn(program, [...args], { cwd: root, env, stdio: [stdin, "inherit", "inherit"] });
      child.stdin?.end(input);
      const [code] = (await once(child, "exit").catch((error: Error) => Promise.reject(missing(error)))) as [
        number | null,
      ];
      return code ?? 1;
    },
  };
}
