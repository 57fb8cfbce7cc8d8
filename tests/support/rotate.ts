import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { processes } from "../../local/processes";
import { PROJECT_ROOT } from "../../local/state";
import type { TestEnvironment } from "./environment";

/** What became of a rotation. */
export interface Rotated {
  readonly code: number | null;
  readonly output: string;
  /** Every command line that any process had meanwhile. */
  readonly commandLines: readonly string[];
}

/** How a secret could be found in a text. */
export const encodings = (secret: string): string[] => [secret, Buffer.from(secret).toString("base64")];

/** Runs the command behind `make rotate`, with its standard input, and looks at every command line that there is meanwhile. */
export async function rotate(environment: TestEnvironment, secret: string, input: string): Promise<Rotated> {
  const options = ["--stack", "local", "--secret", secret, "--state", environment.state.dir];
  const child = spawn(
    process.execPath,
    ["-r", "ts-node/register/transpile-only", "operations/rotate/cli.ts", ...options],
    { cwd: PROJECT_ROOT, stdio: "pipe" },
  );
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
