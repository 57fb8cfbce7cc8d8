import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { DEFAULT_LANE, LANES } from "../../stacks/versions";
import { ENVOY_REQUIREMENTS } from "./envoy";
import { ToolchainError } from "./errors";
import { digest, readTree } from "./files";
import { GO_ENVIRONMENT } from "./goModule";
import type { Change } from "./patches";
import { type CacheLayout, LOCAL_CHARTS_DIR, MANIFESTS_DIR, MODULES_DIR } from "./paths";
import { buildFlags, GO_MODULES, GO_TOOLS, type GoTool, type ToolName } from "./tools";

/** The versions that the embedded environment is staged for; the Go modules pin the same ones. */
export const STAGED_VERSIONS = LANES[DEFAULT_LANE];

/** What is in the cache and what has to be built. */
export interface ToolchainPlan {
  /** The programs that are asked for. */
  readonly wanted: readonly ToolName[];
  /** The key of each program, wanted or not. */
  readonly keys: ReadonlyMap<ToolName, string>;
  /** The key of the whole set. */
  readonly setKey: string;
  /** The wanted programs that are not in the cache. */
  readonly missing: readonly ToolName[];
  /** Whether the set's folder is in the cache. Its links lead to all programs, built or not. */
  readonly staged: boolean;
  /** Whether the set and the wanted programs are in the cache. */
  readonly ready: boolean;
  /** Marks the set and the wanted programs as used now, so that `prune` keeps them. */
  touch(): void;
}

/** Everything that decides the result of a Go program's build. */
export interface ToolInputs {
  /** Version, platform and other settings of the Go toolchain, as `go env` reports them. */
  readonly go: Readonly<Record<string, string>>;
  readonly package: string;
  readonly flags: readonly string[];
  readonly patches: readonly Change[];
  /** Contents of the module folder's sources by their path in it. */
  readonly sources: Readonly<Record<string, string>>;
}

/** The settings of the go command that change what it builds. */
const GO_SETTINGS = ["GOVERSION", "GOOS", "GOARCH", "GOAMD64", "GOARM64", "GOEXPERIMENT"] as const;

/** The source file that decides how charts and files are staged: after an edit, they are staged again. */
const STAGING_SOURCES = ["staging.ts"];

/** Computes the keys and finds what is in the cache. It reads files, runs `go env`, and changes nothing. */
export function planToolchain(layout: CacheLayout, wanted: readonly ToolName[]): ToolchainPlan {
  const go = goSettings();
  const keys = new Map<ToolName, string>(
    GO_TOOLS.map((tool) => [tool.name, toolKey(toolInputs(tool, MODULES_DIR, go))]),
  );
  keys.set("envoy", digest([fs.readFileSync(ENVOY_REQUIREMENTS, "utf8"), process.arch]));
  const setKey = digest([
    [...keys],
    STAGED_VERSIONS,
    STAGING_SOURCES.map((file) => fs.readFileSync(path.join(__dirname, file), "utf8")),
    readTree(LOCAL_CHARTS_DIR),
    readTree(MANIFESTS_DIR),
  ]);
  const folder = (name: ToolName): string => layout.tool(name, keys.get(name) ?? "");
  const missing = wanted.filter((name) => !fs.existsSync(path.join(folder(name), name)));
  const staged = fs.existsSync(layout.set(setKey));
  return {
    ...{ wanted, keys, setKey, missing, staged },
    ready: missing.length === 0 && staged,
    touch() {
      for (const name of wanted) touchFolder(folder(name));
      touchFolder(layout.set(setKey));
    },
  };
}

/** The key that a Go program is cached under. */
export function toolKey(inputs: ToolInputs): string {
  const sorted = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return digest([sorted(inputs.go), inputs.package, inputs.flags, sorted(inputs.sources), inputs.patches]);
}

/** What a program is built from. Tests and documents of its module are left out. */
export function toolInputs(tool: GoTool, modulesDir: string, go: ToolInputs["go"]): ToolInputs {
  const module = GO_MODULES[tool.module];
  return {
    go,
    package: tool.package,
    flags: buildFlags(module),
    patches: module.patches ?? [],
    sources: readTree(path.join(modulesDir, tool.module), (name) => !/(_test\.go|\.md)$/.test(name)),
  };
}

function goSettings(): Record<string, string> {
  // Runs in a module's folder because go may switch to the version that the module asks for.
  const result = spawnSync("go", ["env", "-json", ...GO_SETTINGS], {
    cwd: path.join(MODULES_DIR, "serving"),
    encoding: "utf8",
    env: { ...process.env, ...GO_ENVIRONMENT },
  });
  if (result.status !== 0) throw new ToolchainError(`go env failed: ${result.error?.message ?? result.stderr.trim()}`);
  return JSON.parse(result.stdout) as Record<string, string>;
}

/** Sets the time of last use. A shared cache may belong to another user, so a refusal is ignored. */
function touchFolder(folder: string): void {
  const now = new Date();
  try {
    fs.utimesSync(folder, now, now);
  } catch (error) {
    if (!["EPERM", "EACCES", "EROFS", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
