/**
 * Runs a command and ends the process with its exit code. Pending connections would otherwise keep the process alive.
 *
 * @param failed exit code when `main` throws; the error's message is printed without tokens
 */
export function runCommand(main: () => number | Promise<number>, failed: number): void {
  Promise.resolve()
    .then(main)
    .then(
      // The callbacks wait until the output is written.
      (code) => process.stdout.write("", () => process.exit(code)),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        process.stderr.write(`${withoutTokens(message)}\n`, () => process.exit(failed));
      },
    );
}

/**
 * Prints how a command is used.
 *
 * @param asked whether the user asked for it; otherwise the arguments are incomplete
 * @returns the exit code
 */
export function printUsage(usage: string, asked: boolean): number {
  (asked ? process.stdout : process.stderr).write(usage);
  return asked ? 0 : 2;
}

/** Hides everything in a text that looks like a Hugging Face token. */
export function withoutTokens(text: string): string {
  return text.replace(/hf_[A-Za-z0-9_]{8,}/g, "[secret]");
}
