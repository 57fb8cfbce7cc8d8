import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as readline from "node:readline";
import { ToolchainInterrupted } from "./errors";

export interface CommandOptions {
  readonly cwd: string;
  /** Set over the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of standard error. */
  readonly onErrorLine?: (line: string) => void;
  /** File that both outputs are appended to. */
  readonly log?: string;
  /** Asks for a stop: the command is interrupted, and the promise is rejected with `ToolchainInterrupted`. */
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  /** How the command ended, or undefined when it succeeded. */
  readonly failure?: string;
  readonly stdout: string[];
  readonly stderr: string[];
}

/** Runs a command to its end. A command that fails is a result, not an exception. */
export async function runCommand(command: string, args: string[], options: CommandOptions): Promise<CommandResult> {
  if (options.signal?.aborted) throw new ToolchainInterrupted();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // An interrupted go command ends its compilers and keeps its cache whole.
  const interrupt = () => child.kill("SIGINT");
  options.signal?.addEventListener("abort", interrupt);
  const log = options.log === undefined ? undefined : fs.createWriteStream(options.log, { flags: "a" });
  log?.on("error", () => undefined); // A full disk shows itself in the build; the log is only for reading later.
  const stdout: string[] = [];
  const stderr: string[] = [];
  const collect = (stream: NodeJS.ReadableStream, lines: string[], onLine?: (line: string) => void) =>
    readline.createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      log?.write(`${line}\n`);
      onLine?.(line);
    });
  collect(child.stdout, stdout);
  collect(child.stderr, stderr, options.onErrorLine);
  try {
    const failure = await new Promise<string | undefined>((resolve) => {
      child.on("error", (error) => resolve(`${command} could not be run: ${error.message}`));
      child.on("close", (code, signal) => {
        if (code === 0) resolve(undefined);
        else resolve(`${command} ${args[0] ?? ""} ended with ${signal === null ? `exit code ${code}` : signal}`);
      });
    });
    // Checked again: the command may have ended well just before it would have been interrupted.
    if (options.signal?.aborted) throw new ToolchainInterrupted();
    return { failure, stdout, stderr };
  } finally {
    options.signal?.removeEventListener("abort", interrupt);
    // Whoever is told that the command has ended may read the log at once.
    if (log !== undefined) await new Promise<void>((resolve) => log.end(() => resolve()));
  }
}
