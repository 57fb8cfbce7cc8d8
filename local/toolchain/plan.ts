import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { DEFAULT_LANE, LANES } from "../../stacks/versions";
import { ENVOY_REQUIREMENTS, envoyKey } from "./envoy";
import { ToolchainError } from "./errors";
import { GO_ENVIRONMENT } from "./goModule";
import { digest, readTree, toolInputs, toolKey } from "./keys";
import { type CacheLayout, LOCAL_CHARTS_DIR, MANIFESTS_DIR, MODULES_DIR } from "./paths";
import { GO_TOOLS, type ToolName } from "./tools";

/** The versions that the embedded environment is staged for; the modules carry those of this lane. */
export const STAGED_VERSIONS = LANES[DEFAULT_LANE];

/** What there is and what has to be built. */
export interface ToolchainPlan {
  /** The key of each program. */
  readonly keys: ReadonlyMap<ToolName, string>;
  /** The key of the whole set. */
  readonly setKey: string;
  /** The programs that are not in the cache. */
  readonly missing: readonly ToolName[];
  /** Whether the whole set is there. */
  readonly ready: boolean;
  /** Marks everything of the set as used now, so that `prune` keeps it. */
  touch(): void;
}

/** The settings of the go command that change what it builds. */
const GO_SETTINGS = ["GOVERSION", "GOOS", "GOARCH", "GOAMD64", "GOARM64", "GOEXPERIMENT"] as const;

/** The source files that decide how charts and files are staged: an edit of one stages anew. */
const STAGING_SOURCES = ["charts.ts", "crds.ts", "share.ts"];

/** Works out the keys and looks what is in the cache. Reads files and asks go for its settings; changes nothing. */
export function planToolchain(layout: CacheLayout): ToolchainPlan {
  const go = goSettings();
  const keys = new Map<ToolName, string>(
    GO_TOOLS.map((tool) => [tool.name, toolKey(toolInputs(tool, MODULES_DIR, go))]),
  );
  keys.set("envoy", envoyKey(fs.readFileSync(ENVOY_REQUIREMENTS, "utf8"), process.arch));
  const setKey = digest([
    [...keys],
    STAGED_VERSIONS,
    STAGING_SOURCES.map((file) => fs.readFileSync(path.join(__dirname, file), "utf8")),
    readTree(LOCAL_CHARTS_DIR),
    readTree(MANIFESTS_DIR),
  ]);
  const missing = [...keys].filter(([name, key]) => !fs.existsSync(path.join(layout.tool(name, key), name)));
  return {
    keys,
    setKey,
    missing: missing.map(([name]) => name),
    ready: missing.length === 0 && fs.existsSync(layout.set(setKey)),
    touch() {
      const now = new Date();
      for (const [name, key] of keys) touchFolder(layout.tool(name, key), now);
      touchFolder(layout.set(setKey), now);
    },
  };
}

function goSettings(): Record<string, string> {
  // Asked for in a module's folder: go switches to the version that the module wants, where it may.
  const result = spawnSync("go", ["env", "-json", ...GO_SETTINGS], {
    cwd: path.join(MODULES_DIR, "serving"),
    encoding: "utf8",
    env: { ...process.env, ...GO_ENVIRONMENT },
  });
  if (result.status !== 0) throw new ToolchainError(`go env failed: ${result.error?.message ?? result.stderr.trim()}`);
  return JSON.parse(result.stdout) as Record<string, string>;
}

/** A cache that is shared may belong to somebody else. */
function touchFolder(folder: string, now: Date): void {
  try {
    fs.utimesSync(folder, now, now);
  } catch (error) {
    if (!["EPERM", "EACCES", "EROFS", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
