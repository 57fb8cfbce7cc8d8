import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Change } from "./patches";
import { buildFlags, GO_MODULES, type GoTool } from "./tools";

/** Everything that decides what a Go program's build results in. */
export interface ToolInputs {
  /** Version, platform and the like of the Go toolchain, as `go env` says. */
  readonly go: Readonly<Record<string, string>>;
  readonly package: string;
  readonly flags: readonly string[];
  readonly patches: readonly Change[];
  /** Contents of the module folder's sources by their path in it. */
  readonly sources: Readonly<Record<string, string>>;
}

/** A short name for contents: the first 16 hexadecimal digits of their SHA-256. */
export function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}

/** The key that a Go program is cached under. */
export function toolKey(inputs: ToolInputs): string {
  const sorted = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return digest([sorted(inputs.go), inputs.package, inputs.flags, sorted(inputs.sources), inputs.patches]);
}

/** What a program of the table is built from. */
export function toolInputs(tool: GoTool, modulesDir: string, go: ToolInputs["go"]): ToolInputs {
  return {
    go,
    package: tool.package,
    flags: buildFlags(GO_MODULES[tool.module]),
    patches: GO_MODULES[tool.module].patches ?? [],
    sources: moduleSources(path.join(modulesDir, tool.module)),
  };
}

/** The files of a module folder that a build may read; tests and documents are not among them. */
export function moduleSources(folder: string): Record<string, string> {
  return readTree(folder, (name) => !name.endsWith("_test.go") && !name.endsWith(".md"));
}

/** The contents of a folder's files, by their path in it; none where there is no such folder. */
export function readTree(folder: string, wanted: (name: string) => boolean = () => true): Record<string, string> {
  if (!fs.existsSync(folder)) return {};
  return Object.fromEntries(
    fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && wanted(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [path.relative(folder, file), fs.readFileSync(file, "utf8")]),
  );
}
