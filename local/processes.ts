import * as fs from "node:fs";

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

/** Ends, at once, the running copies of a program whose parent is not one of the programs that should have it. */
export function killOrphans(program: string, parents: readonly string[]): void {
  const executable = (pid: number): string | undefined => {
    try {
      return fs.readlinkSync(`/proc/${pid}/exe`);
    } catch {
      return undefined; // It ended, or is not ours to look at.
    }
  };
  const wanted = fs.realpathSync(program);
  const rightful = parents.map((parent) => fs.realpathSync(parent));
  for (const { pid, parent } of processes()) {
    if (executable(pid) !== wanted || rightful.includes(executable(parent) ?? "")) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
