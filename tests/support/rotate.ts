import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { processes } from "../../local/processes";
import { PROJECT_ROOT } from "../../local/state";
import type { TestEnvironment } from "./environment";

/** The result of a rotation. */
export interface Rotated {
  readonly code: number | null;
  readonly output: string;
  /** The command lines of all processes during the rotation. */
  readonly commandLines: readonly string[];
}

/** The forms in which a secret could appear in a text. */
export const encodings = (secret: string): string[] => [secret, Buffer.from(secret).toString("base64")];

/** Runs the command behind `make rotate` with this standard input, and records all command lines meanwhile. */
export async function rotate(environment: TestEnvironment, secret: string, input: string): Promise<Rotated> {
  const options = ["--stack", "local", "--secret", secret, "--state", environment.state.dir];
  const child = spawn(process.execPath, ["-r", "./loader.cjs", "operations/rotate/cli.ts", ...options], {
    cwd: PROJECT_ROOT,
    stdio: "pipe",
  });
  const commandLines = new Set<string>();
  const looking = setInterval(() => {
    for (const { commandLine } of processes()) commandLines.add(commandLine);
  }, 10);
  child.stdin.end(input);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, "exit") as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  clearInterval(looking);
  return { code, output: stdout + stderr, commandLines: [...commandLines] };
}
