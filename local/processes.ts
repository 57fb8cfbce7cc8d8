import * as fs from "node:fs";
import * as path from "node:path";

/** A process of this machine. */
export interface Listed {
  readonly pid: number;
  readonly parent: number;
  readonly commandLine: string;
}

/** All processes of this machine. */
export function processes(): Listed[] {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = fs.readFileSync(`/proc/${name}/stat`, "utf8");
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        const commandLine = fs.readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return [{ pid: Number(name), parent, commandLine }];
      } catch {
        return []; // It has just ended.
      }
    });
}

/** The children of a process, and their children. */
export function descendants(pid: number, all: readonly Listed[] = processes()): Listed[] {
  const children = all.filter((entry) => entry.parent === pid);
  return children.flatMap((child) => [child, ...descendants(child.pid, all)]);
}

/** The file of a process's program. Undefined when the process has ended or belongs to another user. */
export function executableOf(pid: number): string | undefined {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/**
 * Kills the processes of a program that a killed engine left behind.
 *
 * @param program the program's file
 * @param variable `NAME=value` in the environment of the engine, which its children inherit
 * @param engine name of the engine's program; a process whose parent is an engine is in use and is kept
 */
export function killOrphans(program: string, variable: string, engine: string): void {
  const wanted = fs.realpathSync(program);
  for (const { pid, parent } of processes()) {
    if (executableOf(pid) !== wanted || path.basename(executableOf(parent) ?? "") === engine) continue;
    try {
      const environment = fs.readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      if (environment.includes(variable)) process.kill(pid, "SIGKILL");
    } catch (error) {
      if (!["ESRCH", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
}
