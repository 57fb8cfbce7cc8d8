import * as fs from "node:fs";
import * as path from "node:path";

/** A process of this machine as `ps` would list it. */
export interface Listed {
  readonly pid: number;
  readonly parent: number;
  readonly commandLine: string;
}

/** All processes, with their command lines. */
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
        return []; // It ended while it was being read.
      }
    });
}

/** The processes that a process started, and those that they started. */
export function descendants(pid: number, all: readonly Listed[] = processes()): Listed[] {
  const children = all.filter((entry) => entry.parent === pid);
  return children.flatMap((child) => [child, ...descendants(child.pid, all)]);
}

/** The program that a process runs, by its file; undefined when it has ended or is somebody else's. */
export function executableOf(pid: number): string | undefined {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

/**
 * Ends, at once, what an engine that was killed left running of a program.
 *
 * @param program the program's file
 * @param variable a setting `NAME=value` that the engine's environment had, and so has the process's
 * @param engine name of the engine's program: one whose parent is such a process is not left over
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
