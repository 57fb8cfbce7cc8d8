import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as semver from "semver";
import { cacheDir, MODULES_DIR } from "./paths";

/** The questions about the machine. Tests answer them for a machine that does not exist. */
export interface Machine {
  readonly platform: string;
  readonly architecture: string;
  readonly nodeVersion: string;
  readonly env: NodeJS.ProcessEnv;
  /** The output of a command, or undefined when it is missing or fails. */
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): string | undefined;
  /** File system and free bytes for a folder, which may not exist yet; undefined when it cannot be written. */
  space(folder: string): { readonly device: number; readonly free: number } | undefined;
}

/** Disk space, in bytes. */
export interface Disk {
  /** Sources in Go's module cache. */
  readonly modules: number;
  /** Compiled packages in Go's build cache. */
  readonly compiled: number;
  /** The programs themselves and scratch space. */
  readonly programs: number;
}

/** The oldest supported Node. Pulumi's SDK and TypeScript loading need no newer one. */
const NODE_VERSION = "20.19.0";
/** The oldest Go that downloads a newer one when a module asks for it (GOTOOLCHAIN). */
const GO_SELF_UPDATING = "1.21";
/** The oldest C library that Envoy's wheel supports (its platform tag is manylinux_2_31). */
const GLIBC_VERSION = "2.31";

/** Every reason why the toolchain cannot be built on this machine, each with what to do about it, but for disk space. */
export function checkToolchainPrerequisites(machine: Machine): string[] {
  return [...checkRunningPrerequisites(machine), ...pythonProblems(machine), ...writeProblems(machine)];
}

/** The checks that are needed even when every program is in the cache. Go is one: the cache keys contain its version. */
export function checkRunningPrerequisites(machine: Machine): string[] {
  return [...platformProblems(machine), ...nodeProblems(machine), ...goProblems(machine)];
}

function platformProblems(machine: Machine): string[] {
  if (machine.platform === "linux" && ["x64", "arm64"].includes(machine.architecture)) return [];
  const found = `${machine.platform} on ${machine.architecture}`;
  return [`this is ${found}: the embedded environment runs on Linux on x86_64 or arm64 only`];
}

function nodeProblems(machine: Machine): string[] {
  if (!isOlder(machine.nodeVersion, NODE_VERSION)) return [];
  return [`Node.js ${machine.nodeVersion} is too old: install ${NODE_VERSION} or newer`];
}

function goProblems(machine: Machine): string[] {
  const required = requiredGo();
  const found = machine.run("go", ["env", "GOVERSION"], { GOTOOLCHAIN: "local" })?.trim();
  if (found === undefined) return [`Go is not installed, or not on PATH: install Go ${required} or newer`];
  if (!isOlder(found, required)) return [];
  const toolchain = machine.run("go", ["env", "GOTOOLCHAIN"])?.trim() ?? "local";
  const pinned = toolchain === "local" || toolchain === "path";
  if (!pinned && !isOlder(found, GO_SELF_UPDATING)) return [];
  const hint = pinned
    ? `, or unset GOTOOLCHAIN (it is "${toolchain}", which keeps go from downloading a newer one)`
    : "";
  return [`${found} is too old: install Go ${required} or newer${hint}`];
}

function pythonProblems(machine: Machine): string[] {
  const problems: string[] = [];
  if (machine.run("python3", ["--version"]) === undefined) {
    problems.push("Python 3 is not installed, or not on PATH: install python3 and its pip (Debian: python3-pip)");
  } else if (machine.run("python3", ["-m", "pip", "--version"]) === undefined) {
    problems.push("Python's pip is missing: install it (Debian: apt install python3-pip)");
  }
  const glibc = machine.run("getconf", ["GNU_LIBC_VERSION"])?.trim().split(" ")[1];
  if (glibc === undefined || isOlder(glibc, GLIBC_VERSION)) {
    const found = glibc === undefined ? "this system has another C library" : `this system has ${glibc}`;
    problems.push(`Envoy needs the GNU C library ${GLIBC_VERSION} or newer, and ${found}: use a newer system`);
  }
  return problems;
}

/** The folders that a build fills, each with the variable that names another one. */
function filledFolders(machine: Machine): { needs: keyof Disk; folder: string; variable: string }[] {
  const [modules = "", compiled = ""] = machine.run("go", ["env", "GOMODCACHE", "GOCACHE"])?.trim().split("\n") ?? [];
  const folders = [
    { needs: "modules", folder: modules, variable: "GOMODCACHE" },
    { needs: "compiled", folder: compiled, variable: "GOCACHE" },
    { needs: "programs", folder: cacheDir(machine.env), variable: "LLMD_CACHE" },
  ] as const;
  return folders.filter(({ folder }) => folder !== "");
}

function writeProblems(machine: Machine): string[] {
  return filledFolders(machine)
    .filter(({ folder }) => machine.space(folder) === undefined)
    .map(
      ({ folder, variable }) =>
        `${folder} cannot be written: make it writable, or name another folder with ${variable}`,
    );
}

/** Why a build does not fit on the disks. Adds up what folders on the same file system need. */
export function spaceProblems(machine: Machine, disk: Disk): string[] {
  const devices = new Map<number, { free: number; bytes: number; folders: string[]; variables: string[] }>();
  for (const { needs, folder, variable } of filledFolders(machine)) {
    const space = machine.space(folder);
    if (space === undefined || disk[needs] === 0) continue;
    const device = devices.get(space.device) ?? { free: space.free, bytes: 0, folders: [], variables: [] };
    device.bytes += disk[needs];
    device.folders.push(`${folder} (${formatGigabytes(disk[needs])})`);
    device.variables.push(variable);
    devices.set(space.device, device);
  }
  return [...devices.values()]
    .filter(({ free, bytes }) => free < bytes)
    .map(
      ({ free, bytes, folders, variables }) =>
        `${formatGigabytes(bytes)} of disk is needed for ${folders.join(", ")}, and ${formatGigabytes(free)} is free: ` +
        `free some, or name a folder on another disk with ${variables.join(", ")}`,
    );
}

/** Formats an amount of data: `5.2 GB`. */
export function formatGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** The newest Go that a module asks for in its go.mod. */
export function requiredGo(): string {
  return fs
    .readdirSync(MODULES_DIR)
    .map((name) => path.join(MODULES_DIR, name, "go.mod"))
    .filter((file) => fs.existsSync(file))
    .map((file) => /^go (\S+)$/m.exec(fs.readFileSync(file, "utf8"))?.[1] ?? "0")
    .reduce((newest, version) => (isOlder(newest, version) ? version : newest), "0");
}

/**
 * Whether a version is older than another one: `go1.26.8`, `1.25`, `v20.19.0`, `devel go1.27-abc`. A pre-release counts
 * as its release, and a missing number as 0.
 */
export function isOlder(version: string, than: string): boolean {
  return semver.lt(semver.coerce(version) ?? "0.0.0", semver.coerce(than) ?? "0.0.0");
}

/** The machine that this process runs on. */
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
