/** The toolchain could not be made ready. The message is shown to the user as it is. */
export class ToolchainError extends Error {
  override readonly name: string = "ToolchainError";
}

/** A signal asked for a stop. Compiled packages are kept. */
export class ToolchainInterrupted extends ToolchainError {
  override readonly name = "ToolchainInterrupted";

  constructor() {
    super("interrupted; compiled packages are kept, and the same command continues from there");
  }
}

/** How many lines of a failed command are shown. */
const SHOWN_LINES = 20;

/**
 * The error for a build that failed.
 *
 * @param what the names of the programs, e.g. `kube-apiserver`
 * @param reason how the command ended, e.g. `go build ended with exit code 1`
 * @param output the command's output, by line
 * @param log the file with the whole output
 */
export function failedBuild(what: string, reason: string, output: readonly string[], log?: string): ToolchainError {
  const lines = output.filter((line) => line.trim() !== "").slice(-SHOWN_LINES);
  return new ToolchainError(
    [
      `building ${what} failed: ${reason}`,
      ...lines.map((line) => `    ${line}`),
      ...(log === undefined ? [] : [`The whole output is in ${log}`]),
      "Run the same command again to retry; compiled packages are kept.",
    ].join("\n"),
  );
}
