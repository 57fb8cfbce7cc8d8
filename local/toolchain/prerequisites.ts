import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir, MODULES_DIR } from "./paths";

/** Something that keeps the toolchain from being built. */
export interface Problem {
  /** What is wrong, and what to do about it. */
  readonly message: string;
}

/** What is asked about the machine; tests put a made-up one in its place. */
export interface Machine {
  readonly platform: string;
  readonly architecture: string;
  readonly nodeVersion: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs a command; its output, or undefined when it is not there or fails. */
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): string | undefined;
  /** Free bytes and the file system's number for a folder that may not exist yet, or undefined when it cannot be written. */
  space(folder: string): { readonly device: number; readonly free: number } | undefined;
}

const GIB = 1024 ** 3;

/** Free space that a build from nothing takes, measured and rounded up, in bytes. */
export const SPACE = {
  /** Sources in Go's module cache. */
  modules: 4 * GIB,
  /** Compiled packages in Go's build cache, linking included. */
  compiled: 9 * GIB,
  /** The programs themselves and scratch space. */
  programs: 2 * GIB,
} as const;

/** The oldest Node that is supported; Pulumi's SDK and TypeScript loading need no newer one. */
const NODE_VERSION = "20.19.0";
/** The oldest Go that fetches a newer one by itself when a module asks for it (GOTOOLCHAIN). */
const GO_SELF_UPDATING = "1.21";
/** The oldest C library that the wheel of Envoy runs on (its platform tag, manylinux_2_31). */
const GLIBC_VERSION = "2.31";

/** Everything that keeps the toolchain from being built on this machine; empty when nothing does. */
export function checkToolchainPrerequisites(machine: Machine, modulesDir = MODULES_DIR): Problem[] {
  return [
    ...platformProblems(machine),
    ...nodeProblems(machine),
    ...goProblems(machine, requiredGo(modulesDir)),
    ...pythonProblems(machine),
    ...spaceProblems(machine),
  ];
}

/** The checks that still matter when every program is in the cache: the key of the cache depends on Go's version. */
export function checkRunningPrerequisites(machine: Machine, modulesDir = MODULES_DIR): Problem[] {
  return [...platformProblems(machine), ...nodeProblems(machine), ...goProblems(machine, requiredGo(modulesDir))];
}

function platformProblems(machine: Machine): Problem[] {
  if (machine.platform === "linux" && ["x64", "arm64"].includes(machine.architecture)) return [];
  const found = `${machine.platform} on ${machine.architecture}`;
  return [problem(`this is ${found}: the embedded environment runs on Linux on x86_64 or arm64 only`)];
}

function nodeProblems(machine: Machine): Problem[] {
  if (compareVersions(machine.nodeVersion, NODE_VERSION) >= 0) return [];
  return [problem(`Node.js ${machine.nodeVersion} is too old: install ${NODE_VERSION} or newer`)];
}

function goProblems(machine: Machine, required: string): Problem[] {
  const found = machine.run("go", ["env", "GOVERSION"], { GOTOOLCHAIN: "local" })?.trim();
  if (found === undefined) return [problem(`Go is not installed, or not on PATH: install Go ${required} or newer`)];
  if (compareVersions(found, required) >= 0) return [];
  const toolchain = machine.run("go", ["env", "GOTOOLCHAIN"])?.trim() ?? "local";
  const pinned = toolchain === "local" || toolchain === "path";
  if (!pinned && compareVersions(found, GO_SELF_UPDATING) >= 0) return [];
  const hint = pinned
    ? `, or unset GOTOOLCHAIN (it is "${toolchain}", which keeps go from fetching a newer one by itself)`
    : "";
  return [problem(`${found} is too old: install Go ${required} or newer${hint}`)];
}

function pythonProblems(machine: Machine): Problem[] {
  const problems: Problem[] = [];
  if (machine.run("python3", ["--version"]) === undefined) {
    problems.push(
      problem("Python 3 is not installed, or not on PATH: install python3 and its pip (Debian: python3-pip)"),
    );
  } else if (machine.run("python3", ["-m", "pip", "--version"]) === undefined) {
    problems.push(problem("Python's pip is missing: install it (Debian: apt install python3-pip)"));
  }
  const glibc = machine.run("getconf", ["GNU_LIBC_VERSION"])?.trim().split(" ")[1];
  if (glibc === undefined || compareVersions(glibc, GLIBC_VERSION) < 0) {
    const found = glibc === undefined ? "this system has another C library" : `this system has ${glibc}`;
    problems.push(problem(`Envoy needs the GNU C library ${GLIBC_VERSION} or newer, and ${found}: use a newer system`));
  }
  return problems;
}

/** What is kept on one file system is added up. */
function spaceProblems(machine: Machine): Problem[] {
  const [modules = "", compiled = ""] = machine.run("go", ["env", "GOMODCACHE", "GOCACHE"])?.trim().split("\n") ?? [];
  const wanted = [
    { folder: modules, bytes: SPACE.modules, name: "GOMODCACHE" },
    { folder: compiled, bytes: SPACE.compiled, name: "GOCACHE" },
    { folder: cacheDir(machine.env), bytes: SPACE.programs, name: "LLMD_CACHE" },
  ].filter(({ folder }) => folder !== "");
  const problems: Problem[] = [];
  const devices = new Map<number, { free: number; bytes: number; folders: string[] }>();
  for (const { folder, bytes, name } of wanted) {
    const space = machine.space(folder);
    if (space === undefined) {
      problems.push(problem(`${folder} cannot be written: make it writable, or name another folder with ${name}`));
      continue;
    }
    const device = devices.get(space.device) ?? { free: space.free, bytes: 0, folders: [] };
    device.bytes += bytes;
    device.folders.push(`${folder} (${name})`);
    devices.set(space.device, device);
  }
  for (const { free, bytes, folders } of devices.values()) {
    if (free >= bytes) continue;
    const gib = (value: number) => `${(value / GIB).toFixed(1)} GiB`;
    problems.push(
      problem(
        `${gib(bytes)} of free disk space is needed for ${folders.join(", ")}, and there is ${gib(free)}: free some`,
      ),
    );
  }
  return problems;
}

/** The newest Go that a module asks for in its go.mod. */
export function requiredGo(modulesDir: string): string {
  return fs
    .readdirSync(modulesDir)
    .map((name) => path.join(modulesDir, name, "go.mod"))
    .filter((file) => fs.existsSync(file))
    .map((file) => /^go (\S+)$/m.exec(fs.readFileSync(file, "utf8"))?.[1] ?? "0")
    .reduce((newest, version) => (compareVersions(version, newest) > 0 ? version : newest), "0");
}

/** Compares versions by their numbers: `go1.26.8`, `1.25`, `v20.19.0`, `devel go1.27-abc`. A pre-release counts as its release. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string) => (/\d+(\.\d+)*/.exec(version)?.[0] ?? "0").split(".").map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function problem(message: string): Problem {
  return { message };
}

/** The machine that this runs on. */
export const THIS_MACHINE: Machine = {
  platform: process.platform,
  architecture: process.arch,
  nodeVersion: process.versions.node,
  env: process.env,
  run(command, args, env) {
    const result = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, ...env } });
    return result.status === 0 ? result.stdout : undefined;
  },
  space(folder) {
    let existing = path.resolve(folder);
    while (!fs.existsSync(existing)) existing = path.dirname(existing);
    try {
      fs.accessSync(existing, fs.constants.W_OK | fs.constants.X_OK);
      const { bavail, bsize } = fs.statfsSync(existing);
      return { device: fs.statSync(existing).dev, free: bavail * bsize };
    } catch {
      return undefined;
    }
  },
};
