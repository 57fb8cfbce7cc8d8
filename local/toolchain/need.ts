import * as fs from "node:fs";
import * as path from "node:path";
import type { CompilePlan } from "./compilePlan";
import { downloadModule } from "./goModule";
import { MODULES_DIR } from "./paths";
import type { ToolchainPlan } from "./plan";
import { type Disk, formatGigabytes, type Machine } from "./prerequisites";
import { ENVOY, GO_MODULE_NAMES, GO_MODULES, type GoModuleName, toolsOf } from "./tools";

const MB = 1e6;

/** Scratch space of a build: copies of patched modules, and programs that are being linked, in MB. */
const SCRATCH_MB = 500;

/** From this part on, a module's sources count as downloaded: go.sum also has sums of modules that no build reads. */
const ALL_SOURCES = 0.9;

/** What the missing programs of a plan still take. */
export interface Need {
  /** Bytes to download. */
  readonly download: number;
  readonly disk: Disk;
  /** What has to be compiled, of the Go modules whose sources are all there. */
  readonly compile: ReadonlyMap<GoModuleName, CompilePlan>;
}

/** Finds out what a build takes. It counts only sources and compiled packages that Go's caches do not hold. */
export async function needOf(plan: ToolchainPlan, machine: Machine, signal: AbortSignal): Promise<Need> {
  const sources = machine.run("go", ["env", "GOMODCACHE"])?.trim() ?? "";
  const modules = GO_MODULE_NAMES.map((name) => ({
    name,
    tools: toolsOf(name).filter((tool) => plan.missing.includes(tool.name)),
    there: partThere(fs.readFileSync(path.join(MODULES_DIR, name, "go.sum"), "utf8"), sources),
  })).filter(({ tools }) => tools.length > 0);
  const listed = modules
    .filter(({ there }) => there >= ALL_SOURCES)
    .map(async ({ name, tools }) => {
      return [name, await downloadModule(name, tools, { cwd: path.join(MODULES_DIR, name), signal })] as const;
    });
  const compile = new Map(await Promise.all(listed));
  return { ...sizesOf(plan, modules, compile), compile };
}

/** Adds up the measured sizes of what is missing. */
export function sizesOf(
  { missing }: Pick<ToolchainPlan, "missing">,
  modules: readonly { readonly name: GoModuleName; readonly there: number }[],
  compile: ReadonlyMap<GoModuleName, CompilePlan>,
): Omit<Need, "compile"> {
  let [download, unpacked, compiled, programs] = [0, 0, 0, 0];
  for (const { name, there } of modules) {
    const { megabytes } = GO_MODULES[name];
    const absent = there >= ALL_SOURCES ? 0 : 1 - there;
    download += megabytes.download * absent;
    // The archives stay next to what is unpacked from them.
    unpacked += (megabytes.download + megabytes.sources) * absent;
    for (const tool of toolsOf(name).filter((one) => missing.includes(one.name))) {
      const count = compile.get(name)?.counts.get(tool.name);
      compiled +=
        tool.megabytes.compiled * (count === undefined || count.allBytes === 0 ? 1 : count.bytes / count.allBytes);
      programs += tool.megabytes.program;
    }
  }
  if (missing.includes("envoy")) {
    download += ENVOY.megabytes.download;
    programs += ENVOY.megabytes.program;
  }
  if (missing.length > 0) programs += SCRATCH_MB;
  return {
    download: download * MB,
    disk: { modules: unpacked * MB, compiled: compiled * MB, programs: programs * MB },
  };
}

/** The part of a go.sum's modules that is in Go's module cache, 0 to 1. */
export function partThere(goSum: string, moduleCache: string): number {
  const modules = goSum
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([module, version]) => module && version && !version.endsWith("/go.mod"));
  const there = modules.filter(([module = "", version = ""]) =>
    fs.existsSync(path.join(moduleCache, "cache", "download", escaped(module), "@v", `${escaped(version)}.zip`)),
  );
  return modules.length === 0 ? 1 : there.length / modules.length;
}

/** A name as Go's module cache writes it: a capital letter is an exclamation mark and the small letter. */
function escaped(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}

/** What a user reads before the build: `It downloads 0.6 GB, takes 5.2 GB of disk, and about 14 min.` */
export function describeNeed({ download, disk }: Omit<Need, "compile">, minutes: string): string {
  const downloads = download < 10 * MB ? "" : `downloads ${formatGigabytes(download)}, `;
  const total = disk.modules + disk.compiled + disk.programs;
  return `It ${downloads}takes ${formatGigabytes(total)} of disk, and about ${minutes} if nothing else runs.`;
}
