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
