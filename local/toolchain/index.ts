/**
 * The programs, charts and files of the embedded environment. This folder pins them. They are built once into a cache
 * outside of the checkout, and later runs use that cache.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { Build } from "./build";
import { ToolchainError } from "./errors";
import { acquireLock } from "./lock";
import { removeTree } from "./files";
import { cacheDir, cacheLayout, type CacheLayout } from "./paths";
import { needOf } from "./need";
import { planToolchain } from "./plan";
import { checkRunningPrerequisites, checkToolchainPrerequisites, spaceProblems, THIS_MACHINE } from "./prerequisites";
import type { ToolName } from "./tools";
import { toolsFor, type Use } from "./uses";

export { ToolchainError, ToolchainInterrupted } from "./errors";
export { TOOL_NAMES, type ToolName } from "./tools";
export { ALL_USES, type Use } from "./uses";

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Days without use after which a program or set is deleted. */
export const PRUNE_AFTER_DAYS = 30;

/** A toolchain that is ready for some uses. */
export interface Toolchain {
  /** Folder of this set of pins in the cache. */
  readonly dir: string;
  /** Folder to prepend to PATH. It holds the programs under their own names, with `pulumi` and its plugin. */
  readonly binDir: string;
  /** Folder of charts and CRDs, for the setting `charts.mirror`. */
  readonly mirror: string;
  /** Folder of data files from the modules: `istio/envoy_bootstrap.json`, `kwok/stages/*.yaml`. */
  readonly share: string;
  /**
   * Absolute path of a program.
   *
   * @throws ToolchainError when it is not built, because nobody has asked for a use of it
   */
  bin(name: ToolName): string;
}

/**
 * Makes the toolchain ready for some uses. It builds only those of their programs that are not in the cache.
 *
 * @param options.quiet shows no progress
 * @throws ToolchainError with what to do about it; the next call continues an interrupted or failed build
 */
export async function ensureToolchain(
  uses: readonly Use[],
  options: { readonly quiet?: boolean } = {},
): Promise<Toolchain> {
  refuse("cannot build the tools:", checkPrerequisites(uses));
  const layout = cacheLayout(cacheDir());
  const wanted = toolsFor(uses);
  const plan = planToolchain(layout, wanted);
  if (plan.ready) plan.touch();
  else await buildToolchain(layout, wanted, options.quiet ?? false);
  return toolchainAt(layout.set(plan.setKey));
}

/** The toolchain if the cache holds all that these uses need, else undefined. Builds nothing. */
export function findToolchain(uses: readonly Use[]): Toolchain | undefined {
  if (checkRunningPrerequisites(THIS_MACHINE).length > 0) return undefined;
  const layout = cacheLayout(cacheDir());
  const plan = planToolchain(layout, toolsFor(uses));
  return plan.ready ? toolchainAt(layout.set(plan.setKey)) : undefined;
}

/**
 * Every reason why the toolchain cannot be made ready on this machine, each with what to do about it, but for the disk
 * space: only a build finds out how much it takes. What only a build needs is not checked when there is nothing to build.
 */
export function checkPrerequisites(uses: readonly Use[]): string[] {
  const running = checkRunningPrerequisites(THIS_MACHINE);
  if (running.length === 0 && planToolchain(cacheLayout(cacheDir()), toolsFor(uses)).missing.length === 0) return [];
  return checkToolchainPrerequisites(THIS_MACHINE);
}

/**
 * Builds what is missing of the wanted programs and assembles the set. When another process is building, waits for it and uses its result.
 *
 * @throws ToolchainError when a program cannot be built, or there is too little disk space
 * @throws ToolchainInterrupted when a signal asks for a stop
 */
async function buildToolchain(layout: CacheLayout, wanted: readonly ToolName[], quiet: boolean): Promise<void> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  for (const name of STOP_SIGNALS) process.once(name, abort);
  try {
    await withCacheLock(layout, { quiet, signal: stop.signal }, async () => {
      const plan = planToolchain(layout, wanted);
      if (plan.ready) return;
      const need = await needOf(plan, THIS_MACHINE, stop.signal);
      refuse("there is too little disk space to build the tools:", spaceProblems(THIS_MACHINE, need.disk));
      await new Build(layout, plan, need, quiet, stop.signal).run();
    });
  } finally {
    for (const name of STOP_SIGNALS) process.removeListener(name, abort);
  }
}

/** @throws ToolchainError when there are problems */
function refuse(what: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new ToolchainError([what, ...problems.map((problem) => `- ${problem}`)].join("\n"));
}

/**
 * Deletes what no run has used for some days. Go's own caches are not touched: they belong to the user's Go.
 *
 * @returns the deleted folders
 */
export async function pruneToolchain(days = PRUNE_AFTER_DAYS, layout = cacheLayout(cacheDir())): Promise<string[]> {
  return withCacheLock(layout, { quiet: false }, () => {
    const limit = Date.now() - days * 24 * 3600 * 1000;
    const unused = [layout.tools, layout.sets, layout.checks]
      .filter((folder) => fs.existsSync(folder))
      .flatMap((folder) => fs.readdirSync(folder).map((name) => path.join(folder, name)))
      .filter((folder) => fs.statSync(folder).mtimeMs <= limit);
    // No build runs while this process holds the lock, so the scratch folder is from a build that was killed.
    const deleted = [...unused, ...(fs.existsSync(layout.build) ? [layout.build] : [])];
    deleted.forEach(removeTree);
    return deleted;
  });
}

/** Runs an action while no other process changes the cache. */
async function withCacheLock<T>(
  layout: CacheLayout,
  options: { readonly quiet: boolean; readonly signal?: AbortSignal },
  action: () => T | Promise<T>,
): Promise<T> {
  const onWait = (pid: number) =>
    options.quiet || process.stderr.write(`Another run (process ${pid}) is building the tools; waiting for it.\n`);
  const lock = await acquireLock(layout.lock, onWait, options.signal);
  try {
    return await action();
  } finally {
    lock.release();
  }
}

function toolchainAt(dir: string): Toolchain {
  const binDir = path.join(dir, "bin");
  return {
    dir,
    binDir,
    mirror: path.join(dir, "mirror"),
    share: path.join(dir, "share"),
    bin(name) {
      const link = path.join(binDir, name);
      if (!fs.existsSync(link)) throw new ToolchainError(`${name} is not built: run "make tools"`);
      // The program itself, not the link: a sandbox mounts only the folder of the program.
      return fs.realpathSync(link);
    },
  };
}
