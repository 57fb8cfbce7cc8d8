import * as fs from "node:fs";
import * as path from "node:path";
import { runCommand } from "./command";
import { failedBuild, ToolchainError } from "./errors";
import { digest } from "./keys";

/** The lock file of the one Python package that is used: a wheel that carries the Envoy program. */
export const ENVOY_REQUIREMENTS = path.join(__dirname, "envoy", "requirements.txt");

/** Where the program lies in the wheel. */
const PROGRAM_IN_WHEEL = path.join("envoy", "_bin", "envoy");

/** The key that Envoy is cached under. */
export function envoyKey(requirements: string, architecture: string): string {
  return digest([requirements, architecture]);
}

/**
 * Downloads Envoy's wheel, checks it against the hashes of the lock file, and unpacks it. Nothing is installed, so that
 * neither a virtual environment nor the permission to change the system's Python is needed.
 *
 * @returns the path of the program in the scratch folder
 */
export async function fetchEnvoy(scratch: string, log: string, signal?: AbortSignal): Promise<string> {
  const wheels = path.join(scratch, "wheels");
  const unpacked = path.join(scratch, "unpacked");
  fs.mkdirSync(wheels, { recursive: true });
  fs.writeFileSync(log, "");
  const pip = ["-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--no-deps"];
  const locked = ["--only-binary=:all:", "--require-hashes", "-r", ENVOY_REQUIREMENTS, "-d", wheels];
  const options = { cwd: scratch, log, signal };
  const download = await runCommand("python3", [...pip, ...locked], options);
  if (download.failure !== undefined) {
    throw failedBuild("envoy", download.failure, [...download.stdout, ...download.stderr], log);
  }
  const [wheel] = fs.readdirSync(wheels).filter((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new ToolchainError(`building envoy failed: pip left no wheel in ${wheels}`);
  const unzip = await runCommand("python3", ["-m", "zipfile", "-e", path.join(wheels, wheel), unpacked], options);
  if (unzip.failure !== undefined) throw failedBuild("envoy", unzip.failure, unzip.stderr, log);
  const program = path.join(unpacked, PROGRAM_IN_WHEEL);
  // Python's zipfile does not restore permissions.
  fs.chmodSync(program, 0o755);
  const version = await runCommand(program, ["--version"], options);
  if (version.failure !== undefined) throw failedBuild("envoy", version.failure, version.stderr, log);
  return program;
}
