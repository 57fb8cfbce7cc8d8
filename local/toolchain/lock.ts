import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ToolchainInterrupted } from "./errors";

/** What the holder of a lock writes into it. */
interface Holder {
  readonly pid: number;
  /** When the process started, in the kernel's clock ticks: tells it from a later process with the same number. */
  readonly started: string;
  /** The process namespace: the number means nothing in another one. */
  readonly namespace: string;
}

/** How often the holder touches its lock, and how long one from another namespace stays valid untouched, in ms. */
const TOUCH_INTERVAL = 5_000;
const UNTOUCHED_LIMIT = 60_000;
/** How often a waiting process looks, in ms. */
const LOOK_INTERVAL = 500;

export interface Lock {
  release(): void;
}

/**
 * Takes a lock that is a file, and waits while another living process has it. The lock of a process that died is
 * taken over.
 *
 * @param onWait called once, with the holder's process number, before waiting
 */
export async function acquireLock(file: string, onWait: (pid: number) => void, signal?: AbortSignal): Promise<Lock> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const own: Holder = { pid: process.pid, started: startTime(process.pid) ?? "", namespace: processNamespace() };
  const temporary = `${file}.${process.pid}.${Date.now()}`;
  fs.writeFileSync(temporary, JSON.stringify(own));
  try {
    for (let waited = false; ;) {
      if (link(temporary, file)) break;
      const holder = readHolder(file);
      if (holder === undefined || !isAlive(holder, file)) {
        breakLock(file, holder);
        continue;
      }
      if (!waited) onWait(holder.pid);
      waited = true;
      await delay(LOOK_INTERVAL);
      if (signal?.aborted) throw new ToolchainInterrupted();
    }
  } finally {
    fs.rmSync(temporary, { force: true });
  }
  const touching = setInterval(() => touch(file), TOUCH_INTERVAL);
  touching.unref();
  return {
    release() {
      clearInterval(touching);
      if (readHolder(file)?.pid === process.pid) fs.rmSync(file, { force: true });
    },
  };
}

/** A hard link appears with its contents or not at all, and never replaces a file. */
function link(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Removes a dead holder's lock; of several processes that try, the rename lets one through. */
function breakLock(file: string, holder: Holder | undefined): void {
  const aside = `${file}.${process.pid}.broken`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return; // Somebody else was faster.
  }
  const moved = readHolder(aside);
  // Between the look and the rename a living process may have taken it: give it back.
  if (moved !== undefined && moved.pid !== holder?.pid) link(aside, file);
  fs.rmSync(aside, { force: true });
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder, file: string): boolean {
  if (holder.namespace === processNamespace()) return startTime(holder.pid) === holder.started;
  try {
    return Date.now() - fs.statSync(file).mtimeMs < UNTOUCHED_LIMIT;
  } catch {
    return false;
  }
}

/** Field 22 of /proc/PID/stat; undefined when there is no such process, or it has ended and waits for its parent. */
function startTime(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the program's name in brackets, may contain spaces; the fields after it are counted from 3.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[22 - 3];
  } catch {
    return undefined;
  }
}

function processNamespace(): string {
  try {
    return fs.readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

function touch(file: string): void {
  try {
    fs.utimesSync(file, new Date(), new Date());
  } catch {
    // The cache was removed under us; the build itself will say so.
  }
}
