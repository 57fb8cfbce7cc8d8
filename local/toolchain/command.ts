import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as readline from "node:readline";
import { ToolchainInterrupted } from "./errors";

/** How a command is run. */
export interface CommandOptions {
  readonly cwd: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of standard error. */
  readonly onErrorLine?: (line: string) => void;
  /** File that both outputs are appended to. */
  readonly log?: string;
  /** Interrupts the command when it is aborted. */
  readonly signal?: AbortSignal;
}

interface CommandResult {
  /** How the command ended, or undefined when it succeeded. */
  readonly failure?: string;
  readonly stdout: string[];
  readonly stderr: string[];
}

/**
 * Runs a command to its end. A command that fails is a result, not an exception.
 *
 * @throws ToolchainInterrupted when `signal` was aborted
 */
export async function runCommand(command: string, args: string[], options: CommandOptions): Promise<CommandResult> {
  const { cwd, signal, log, onErrorLine } = options;
  if (signal?.aborted) throw new ToolchainInterrupted();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    signal,
    // A go command that gets SIGINT ends its compilers and leaves its cache intact.
    killSignal: "SIGINT",
  });
  const stdout: string[] = [];
  const stderr: string[] = [];
  const collect = (stream: NodeJS.ReadableStream, lines: string[], onLine?: (line: string) => void) =>
    readline.createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (log !== undefined) appendLine(log, line);
      onLine?.(line);
    });
  collect(child.stdout, stdout);
  collect(child.stderr, stderr, onErrorLine);
  const failure = await new Promise<string | undefined>((resolve) => {
    // An abort is an error event too, but the command is still running then.
    child.on("error", (error) => child.pid === undefined && resolve(`${command} could not be run: ${error.message}`));
    child.on("close", (code, killedBy) =>
      resolve(code === 0 ? undefined : `${command} ${args[0] ?? ""} ended with ${killedBy ?? `exit code ${code}`}`),
    );
  });
  // Checked again: the command may have ended well just before the interrupt.
  if (signal?.aborted) throw new ToolchainInterrupted();
  return { failure, stdout, stderr };
}

/** Ignores errors: a full disk makes the build fail, and the build reports it. */
function appendLine(file: string, line: string): void {
  try {
    fs.appendFileSync(file, `${line}\n`);
  } catch {
    return;
  }
}
