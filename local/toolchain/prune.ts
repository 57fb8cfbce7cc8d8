import * as fs from "node:fs";
import * as path from "node:path";
import { acquireLock } from "./lock";
import { CacheLayout, cacheDir } from "./paths";

/** Days after which a program or set that no run has used is removed. */
export const PRUNE_AFTER_DAYS = 30;

const DAY = 24 * 3600 * 1000;

/**
 * Removes what no run has used for some days. Go's own caches are left alone: they belong to the user's Go.
 *
 * @returns the folders that were removed
 */
export async function pruneToolchain(days = PRUNE_AFTER_DAYS, layout = new CacheLayout(cacheDir())): Promise<string[]> {
  const lock = await acquireLock(layout.lock, (pid) =>
    process.stderr.write(`Another run (process ${pid}) is building the tools; waiting for it.\n`),
  );
  try {
    const limit = Date.now() - days * DAY;
    const unused = [layout.tools, layout.sets]
      .filter((folder) => fs.existsSync(folder))
      .flatMap((folder) => fs.readdirSync(folder).map((name) => path.join(folder, name)))
      .filter((folder) => fs.statSync(folder).mtimeMs <= limit);
    // Nobody builds while the lock is held: scratch space is what a killed run left.
    const leftovers = fs.existsSync(layout.build) ? [layout.build] : [];
    for (const folder of [...unused, ...leftovers]) fs.rmSync(folder, { recursive: true, force: true });
    return [...unused, ...leftovers];
  } finally {
    lock.release();
  }
}
