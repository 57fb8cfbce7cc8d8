/** Starts processes with pod-sandbox, and reads and writes their logs. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";

/** A file or folder of this machine that is mounted at a path of the pod. */
export interface SandboxMount {
  path: string;
  source: string;
  readOnly: boolean;
}

/**
 * The input of pod-sandbox.
 *
 * @see ../toolchain/modules/sandbox/spec.go for the meaning of each field
 */
export interface SandboxSpec {
  parent: number;
  hostname: string;
  network: { join: number; bridge: string; interface: string; address: string; gateway: string };
  sysctls: Record<string, string>;
  root: string;
  readOnlyRoot: boolean;
  hosts: string;
  resolvConf: string;
  files: SandboxMount[];
  mounts: SandboxMount[];
  uid: number;
  gid: number;
  groups: number[];
  capabilities: string[];
  noNewPrivileges: boolean;
  workingDir: string;
  arguments: string[];
  environment: string[];
}

/** How a process ended, as the kubelet would report it. */
export interface ProcessExit {
  exitCode: number;
  startedAt: Date;
  finishedAt: Date;
}

/** A running pod-sandbox; the program is its only child. */
export interface PodProcess {
  pid: number;
  startedAt: Date;
  exit: Promise<ProcessExit>;
  signal(name: NodeJS.Signals): void;
}

/**
 * Starts a process. Its output is appended to the log file. The specification, which includes the environment, goes
 * through a pipe, so that no secret is on a command line or in a file.
 */
export function startPod(sandbox: string, spec: SandboxSpec, logFile: string): PodProcess {
  const log = fs.openSync(logFile, "a", 0o600);
  const startedAt = new Date();
  const child = spawn(sandbox, ["run", "--spec", "-"], {
    stdio: ["pipe", log, log],
    env: {},
    cwd: "/",
    // A separate process group, so that Ctrl-C in the terminal does not reach the pods.
    detached: true,
  });
  fs.closeSync(log);
  const exit = new Promise<ProcessExit>((resolve) => {
    const ended = (exitCode: number): void => resolve({ exitCode, startedAt, finishedAt: new Date() });
    child.once("error", (error) => {
      appendLine(logFile, `pod-sandbox did not start: ${error.message}`);
      ended(128);
    });
    child.once("exit", (code, signal) => ended(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal])));
  });
  // A sandbox that ends before it has read everything writes the reason to the log.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(JSON.stringify(spec));
  return { pid: child.pid ?? 0, startedAt, exit, signal: (name) => child.kill(name) };
}

/** Adds a line to a log, for an error that the program itself would have written. */
export function appendLine(logFile: string, line: string): void {
  fs.appendFileSync(logFile, `${line}\n`, { mode: 0o600 });
}

/** The last bytes of a file; empty when the file does not exist. */
export function tailOf(logFile: string, bytes: number): string {
  const content = fs.existsSync(logFile) ? fs.readFileSync(logFile) : Buffer.alloc(0);
  return content.subarray(Math.max(0, content.length - bytes)).toString("utf8");
}
