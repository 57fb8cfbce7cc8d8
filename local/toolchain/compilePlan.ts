import * as fs from "node:fs";
import * as path from "node:path";

/** The `go list` template whose output `parseCompilePlan` reads. */
export const PLAN_TEMPLATE = "{{.ImportPath}}\t{{.Stale}}\t{{.Dir}}\t{{range .GoFiles}}{{.}} {{end}}";

/** How much has to be compiled for a program. Packages that an earlier program compiles are not counted. */
interface CompileCount {
  /** Packages that are not compiled yet. */
  readonly packages: number;
  /** Size of their sources, in bytes: a few generated packages take longer than a hundred others. */
  readonly bytes: number;
  /** Size of all packages of the program, including compiled ones. */
  readonly allBytes: number;
}

/** Which packages have to be compiled, and which program needs each of them first. */
export interface CompilePlan {
  /** By import path: the program that needs the package first, and the size of the package's sources. */
  readonly packages: ReadonlyMap<string, { readonly tool: string; readonly bytes: number }>;
  /** By program. */
  readonly counts: ReadonlyMap<string, CompileCount>;
}

/**
 * Reads the output of `go list -deps` for the programs' packages. It lists a package after its requirements, and the
 * programs in the order of the arguments. So each program's line ends the list of what that program needs first.
 *
 * @param size the size of a file in bytes
 */
export function parseCompilePlan(
  lines: readonly string[],
  tools: readonly { readonly name: string; readonly package: string }[],
  size: (file: string) => number = (file) => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0,
): CompilePlan {
  const packages = new Map<string, { tool: string; bytes: number }>();
  const counts = new Map<string, CompileCount>();
  const toolByPackage = new Map<string, string>(tools.map((tool) => [tool.package, tool.name]));
  let pending: { importPath: string; stale: boolean; bytes: number }[] = [];
  for (const line of lines) {
    const [importPath = "", stale, dir = "", files = ""] = line.split("\t");
    const sizes = files.split(" ").map((name) => (name === "" ? 0 : size(path.join(dir, name))));
    pending.push({ importPath, stale: stale === "true", bytes: sum(sizes) });
    const tool = toolByPackage.get(importPath);
    if (tool === undefined) continue;
    for (const item of pending) packages.set(item.importPath, { tool, bytes: item.bytes });
    // Not counted: a main package is stale until its program is installed, even when it is compiled.
    pending.pop();
    const missing = pending.filter((item) => item.stale);
    const bytes = sum(missing.map((item) => item.bytes));
    counts.set(tool, { packages: missing.length, bytes, allBytes: sum(pending.map((item) => item.bytes)) });
    pending = [];
  }
  return { packages, counts };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
