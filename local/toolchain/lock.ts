import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as lockfile from "proper-lockfile";
import { ToolchainInterrupted } from "./errors";

/** How often the holder refreshes its lock, and the age at which others take it over, in milliseconds. */
const REFRESH_INTERVAL = 5_000;
const STALE_AFTER = 30_000;
/** How often a waiting process tries again, in milliseconds. */
const RETRY_INTERVAL = 500;

/**
 * Takes the lock `FILE.lock`, and waits while another process holds it. A process that exits releases its locks. A
 * process that is killed stops refreshing, and the lock is taken over 30 seconds later.
 *
 * @param file holds the process number of the holder, for the message to those that wait
 * @param onWait called once, with the holder's process number, before waiting
 * @throws ToolchainInterrupted when `signal` is aborted while waiting
 */
export async function acquireLock(
  file: string,
  onWait: (pid: number) => void,
  signal?: AbortSignal,
): Promise<{ release(): void }> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let lost = false;
  const options: lockfile.LockOptions = {
    realpath: false,
    stale: STALE_AFTER,
    update: REFRESH_INTERVAL,
    // This happens when the cache is deleted during a build. The build itself then reports what is missing.
    onCompromised: () => (lost = true),
  };
  let reported = false;
  while (!(await tryLock(file, options))) {
    const holder = readHolder(file);
    if (!reported && holder !== undefined) onWait(holder);
    reported ||= holder !== undefined;
    await delay(RETRY_INTERVAL);
    if (signal?.aborted) throw new ToolchainInterrupted();
  }
  fs.writeFileSync(file, String(process.pid));
  return {
    release() {
      if (lost) return;
      fs.rmSync(file, { force: true });
      lockfile.unlockSync(file, { realpath: false });
    },
  };
}

async function tryLock(file: string, options: lockfile.LockOptions): Promise<boolean> {
  try {
    await lockfile.lock(file, options);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOCKED") return false;
    throw error;
  }
}

/** The number may be missing for a moment: the holder writes it just after it has taken the lock. */
function readHolder(file: string): number | undefined {
  try {
    const pid = Number(fs.readFileSync(file, "utf8"));
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
