/**
 * The programs, charts and files that the embedded environment runs with: pinned in this folder, built once into a
 * cache outside of the checkout, and found there by every later run.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { buildToolchain } from "./build";
import { ToolchainError } from "./errors";
import { planToolchain } from "./plan";
import { CacheLayout, cacheDir } from "./paths";
import {
  checkRunningPrerequisites,
  checkToolchainPrerequisites,
  type Machine,
  type Problem,
  THIS_MACHINE,
} from "./prerequisites";
import type { ToolName } from "./tools";

export { ToolchainError, ToolchainInterrupted } from "./errors";
export type { Problem } from "./prerequisites";
export { pruneToolchain } from "./prune";
export { TOOL_NAMES, type ToolName } from "./tools";

/** A toolchain that is ready to use. */
export interface Toolchain {
  /** Folder of this set of pins in the cache. */
  readonly dir: string;
  /** Folder to prepend to PATH: it holds every program under its own name, `pulumi` and its plugin among them. */
  readonly binDir: string;
  /** Folder of charts and CRDs, to be set as `charts.mirror`. */
  readonly mirror: string;
  /** Folder of data files out of the modules: `istio/envoy_bootstrap.json`, `kwok/stages/*.yaml`. */
  readonly share: string;
  /** Absolute path of a program. */
  bin(name: ToolName): string;
}

export interface ToolchainOptions {
  /** Shows no progress. Default false. */
  readonly quiet?: boolean;
}

/**
 * Makes the toolchain ready: builds what is not in the cache, and nothing otherwise.
 *
 * @throws ToolchainError with what to do about it; an interrupted or failed build is gone on with by the next call
 */
export async function ensureToolchain(options: ToolchainOptions = {}): Promise<Toolchain> {
  const problems = checkPrerequisites();
  if (problems.length > 0) {
    throw new ToolchainError(["cannot build the tools:", ...problems.map(({ message }) => `- ${message}`)].join("\n"));
  }
  const layout = new CacheLayout(cacheDir());
  const plan = planToolchain(layout);
  if (!plan.ready) await buildToolchain(layout, { quiet: options.quiet ?? false });
  else plan.touch();
  return toolchainAt(layout.set(plan.setKey));
}

/** The toolchain when it is in the cache whole, without building anything; undefined otherwise. */
export function findToolchain(): Toolchain | undefined {
  if (checkRunningPrerequisites(THIS_MACHINE).length > 0) return undefined;
  const layout = new CacheLayout(cacheDir());
  const plan = planToolchain(layout);
  return plan.ready ? toolchainAt(layout.set(plan.setKey)) : undefined;
}

/**
 * What keeps the toolchain from being made ready on this machine, all at once; empty when nothing does. What only a
 * build needs is not asked for when there is nothing to build.
 */
export function checkPrerequisites(machine: Machine = THIS_MACHINE): Problem[] {
  const running = checkRunningPrerequisites(machine);
  if (running.length === 0 && planToolchain(new CacheLayout(cacheDir(machine.env))).missing.length === 0) return [];
  return checkToolchainPrerequisites(machine);
}

function toolchainAt(dir: string): Toolchain {
  const binDir = path.join(dir, "bin");
  return {
    dir,
    binDir,
    mirror: path.join(dir, "mirror"),
    share: path.join(dir, "share"),
    // The program itself and not the link to it: it is also reached where only its own folder is mounted.
    bin: (name) => fs.realpathSync(path.join(binDir, name)),
  };
}
