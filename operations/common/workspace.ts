import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";

/** The project's folder. */
export const PROJECT_ROOT = path.resolve(__dirname, "..", "..");

/** Where `make local` keeps the embedded environment's state, unless `--state` names another folder. */
export const DEFAULT_STATE_DIR = path.join(PROJECT_ROOT, ".local");

/** The file in the state folder that holds an `EmbeddedWorkspace` as JSON. */
export const EMBEDDED_WORKSPACE_FILE = "workspace.json";

/** The name of the embedded environment's stack. */
const EMBEDDED_STACK = "local";

/**
 * How the Pulumi CLI is run on the embedded environment's stack. `make local` writes it for the commands of this folder, which
 * know nothing else of that environment. It holds no secret: the passphrase is in a private file, which it names.
 */
export interface EmbeddedWorkspace {
  /** Path of the Pulumi CLI. */
  readonly program: string;
  /** Folder with Pulumi.yaml and the stack's settings. */
  readonly root: string;
  /** Variables of each command, such as `PULUMI_BACKEND_URL` and `PULUMI_CONFIG_PASSPHRASE_FILE`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folders that come first in `PATH`. */
  readonly path: readonly string[];
  /** Each process has a folder here for temporary files, named after its id. */
  readonly temporaryFolder: string;
}

/** Where Pulumi's commands for a stack are run, and how. */
export interface Workspace {
  /** Folder with Pulumi.yaml and the stack's settings. */
  readonly root: string;
  /**
   * Runs a command and returns what it prints.
   *
   * @throws Error whose message is the standard error of the command, when the command fails
   */
  readonly run: (args: readonly string[]) => Promise<string>;
  /**
   * Runs a command in front of the user, with `input` as its standard input, and returns its exit code.
   *
   * @throws Error when the command cannot be started
   */
  readonly show: (args: readonly string[], input?: string) => Promise<number>;
}

/** The workspace of every stack but the embedded environment's. */
export const PROJECT_WORKSPACE = workspace("pulumi", PROJECT_ROOT, process.env);

/**
 * The workspace of a stack.
 *
 * @param stateFolder the embedded environment's folder
 * @throws Error when the stack is the embedded environment's, and that is not up
 */
export function workspaceOf(stack: string, stateFolder = DEFAULT_STATE_DIR): Workspace {
  if (stack !== EMBEDDED_STACK) return PROJECT_WORKSPACE;
  const file = path.join(stateFolder, EMBEDDED_WORKSPACE_FILE);
  const embedded = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as EmbeddedWorkspace) : undefined;
  if (embedded === undefined || !fs.existsSync(embedded.program)) {
    throw new Error(`there is no embedded environment in ${stateFolder}; run make local to bring it up`);
  }
  const TMPDIR = path.join(embedded.temporaryFolder, String(process.pid));
  fs.mkdirSync(TMPDIR, { recursive: true, mode: 0o700 });
  // Pulumi would take this passphrase instead of the one in the file.
  const { PULUMI_CONFIG_PASSPHRASE: _, ...inherited } = process.env;
  const PATH = [...embedded.path, process.env.PATH ?? ""].join(":");
  return workspace(embedded.program, embedded.root, { ...inherited, ...embedded.environment, PATH, TMPDIR });
}

function workspace(program: string, root: string, env: NodeJS.ProcessEnv): Workspace {
  const missing = (error: Error): Error =>
    (error as NodeJS.ErrnoException).code === "ENOENT" ? new Error("pulumi is not on the PATH") : error;
  return {
    root,
    run: (args) =>
      new Promise((resolve, reject) => {
        const options = { cwd: root, env, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 };
        execFile(program, [...args], options, (error, stdout, stderr) => {
          if (error === null) return resolve(stdout);
          // The message of execFile's own error only repeats the command.
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
