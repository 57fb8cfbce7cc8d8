import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { StubEngine } from "./stubEngine";

/** How a program is started. */
export interface ProgramStart {
  /** Its entry point: a .ts file, or a .js file bundled from one. */
  readonly entry: string;
  /** Whether ts-node loads it, as `runtime.options.typescript` says. */
  readonly typescript: boolean;
  /**
   * Whether ts-node checks types.
   *
   * @default as in tsconfig.json, like `pulumi preview`
   */
  readonly typeCheck?: boolean;
  /** Time limit, in milliseconds. */
  readonly timeoutMs: number;
}

/** The cost of a run. */
export interface ProgramCost {
  /** Seconds from the start of the process to the registration of the last resource. */
  readonly lastResourceS: number;
  /** Seconds from the start of the process to its end. */
  readonly exitS: number;
  /** CPU time of user and system, in seconds. */
  readonly cpuS: number;
  /** Largest resident set, in MiB. */
  readonly peakMiB: number;
  /** Resources and components registered. */
  readonly resources: number;
}

/** A stack's settings in the form that a program gets: by key, everything but strings as JSON. */
export function settingsOf(file: string): Record<string, string> {
  const { config } = parse(fs.readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/** A module that is loaded before everything else. At exit it writes what only the process itself can measure. */
const REPORT = `
const fs = require("node:fs");
process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  fs.writeFileSync(process.env.LLMD_BENCH_USAGE, JSON.stringify({ cpuS: (userCPUTime + systemCPUTime) / 1e6, peakMiB: maxRSS / 1024 }));
});
`;

/**
 * Runs a program once with the SDK's runner, like `pulumi preview` does, against an engine that answers at once.
 *
 * @throws Error with the program's output if it fails or registers nothing
 */
export async function runProgram(
  project: string,
  start: ProgramStart,
  settings: Readonly<Record<string, string>>,
  secrets: readonly string[],
): Promise<ProgramCost> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-start-"));
  const { stub, address } = await StubEngine.start();
  try {
    const [usage, hook] = [path.join(folder, "usage.json"), path.join(folder, "report.cjs")];
    fs.writeFileSync(hook, REPORT);
    const began = performance.now();
    const args = [
      ...["--require", hook, require.resolve("@pulumi/pulumi/cmd/run")],
      ...["--monitor", address, "--engine", address, "--project", "llm-d", "--stack", "dev"],
      ...["--organization", "organization", "--pwd", project, "--root-directory", project],
      ...["--parallel", "64", "--dry-run", start.entry],
    ];
    const env = {
      ...process.env,
      LLMD_BENCH_USAGE: usage,
      PULUMI_CONFIG: JSON.stringify(settings),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secrets),
      PULUMI_NODEJS_TYPESCRIPT: String(start.typescript),
      ...(start.typeCheck === undefined ? {} : { PULUMI_NODEJS_TRANSPILE_ONLY: String(!start.typeCheck) }),
    };
    const options = { cwd: project, env, timeout: start.timeoutMs, maxBuffer: Infinity };
    const { code, stdout, stderr } = await promisify(execFile)(process.execPath, args, options).then(
      (output) => ({ ...output, code: 0 }),
      (error: { readonly code: unknown; readonly stdout: string; readonly stderr: string }) => error,
    );
    const exitS = (performance.now() - began) / 1000;
    const { registered, lastMs, errors } = stub.seen;
    if (code !== 0 || registered === 0 || errors.length > 0) {
      const said = [...errors, stdout, stderr.trim()].join("\n").slice(-2000);
      throw new Error(`${start.entry} ended with exit code ${code} after ${registered} resources:\n${said}`);
    }
    const { cpuS, peakMiB } = JSON.parse(fs.readFileSync(usage, "utf8")) as { cpuS: number; peakMiB: number };
    return { lastResourceS: (lastMs - began) / 1000, exitS, cpuS, peakMiB, resources: registered };
  } finally {
    stub.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
