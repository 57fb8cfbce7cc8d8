import * as fs from "node:fs";
import * as path from "node:path";
import type { GoTool } from "./tools";

/** The `go list` template whose output `parseCompilePlan` reads. */
export const PLAN_TEMPLATE = "{{.ImportPath}}\t{{.Stale}}\t{{.Dir}}\t{{range .GoFiles}}{{.}} {{end}}";

/** How much there is to compile for a program: packages that a program before it has compiled are not counted. */
export interface CompileCount {
  /** Packages not compiled yet. */
  readonly packages: number;
  /** Size of their sources, in bytes: a few generated packages take longer than a hundred others. */
  readonly bytes: number;
  /** Size of all the program's packages, the compiled ones too. */
  readonly allBytes: number;
}

/** Which packages are still to be compiled, and for which program first. */
export interface CompilePlan {
  /** For each package, by import path: the program that compiles it first, and the size of its sources. */
  readonly packages: ReadonlyMap<string, { readonly tool: string; readonly bytes: number }>;
  readonly counts: ReadonlyMap<string, CompileCount>;
}

/**
 * Reads the output of `go list -deps` over the programs' packages. It lists a package after everything that it needs,
 * and the programs in the order asked for, so that each program's line closes the list of what it is the first to need.
 *
 * @param size the size of a file in bytes
 */
export function parseCompilePlan(
  lines: readonly string[],
  tools: readonly GoTool[],
  size: (file: string) => number = sizeOf,
): CompilePlan {
  const packages = new Map<string, { tool: string; bytes: number }>();
  const counts = new Map<string, CompileCount>();
  const toolByPackage = new Map(tools.map((tool) => [tool.package, tool.name]));
  let pending: { importPath: string; stale: boolean; bytes: number }[] = [];
  for (const line of lines) {
    const [importPath = "", stale, dir = "", files = ""] = line.split("\t");
    const names = files.split(" ").filter((name) => name !== "");
    const bytes = names.reduce((sum, name) => sum + size(path.join(dir, name)), 0);
    pending.push({ importPath, stale: stale === "true", bytes });
    const tool = toolByPackage.get(importPath);
    if (tool === undefined) continue;
    for (const item of pending) packages.set(item.importPath, { tool, bytes: item.bytes });
    // A main package counts as stale until its program is installed, compiled or not: it is left out.
    pending.pop();
    const missing = pending.filter((item) => item.stale);
    counts.set(tool, { packages: missing.length, bytes: sum(missing), allBytes: sum(pending) });
    pending = [];
  }
  return { packages, counts };
}

function sum(items: readonly { bytes: number }[]): number {
  return items.reduce((total, { bytes }) => total + bytes, 0);
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
