/** Why the toolchain could not be made ready, in words for the person who ran the command. */
export class ToolchainError extends Error {
  override readonly name: string = "ToolchainError";
}

/** The person, or the system, asked for a stop; what was compiled is kept. */
export class ToolchainInterrupted extends ToolchainError {
  override readonly name = "ToolchainInterrupted";

  constructor() {
    super("interrupted; what was compiled so far is kept, and the same command goes on from there");
  }
}

/** How many of a failed command's last lines are shown. */
const SHOWN_LINES = 20;

/**
 * The message for a build that failed.
 *
 * @param what what was being built, e.g. `kube-apiserver`
 * @param reason how the command ended, e.g. `go build ended with exit code 1`
 * @param output the command's output, by line
 * @param log the file that has the whole output
 */
export function failedBuild(what: string, reason: string, output: readonly string[], log?: string): ToolchainError {
  const lines = output.filter((line) => line.trim() !== "").slice(-SHOWN_LINES);
  return new ToolchainError(
    [
      `building ${what} failed: ${reason}`,
      ...lines.map((line) => `    ${line}`),
      ...(log === undefined ? [] : [`The whole output is in ${log}`]),
      "Run the same command again to retry; what was compiled so far is kept.",
    ].join("\n"),
  );
}
