import * as os from "node:os";
import * as path from "node:path";

/** The folder of the Go modules that pin the programs. */
export const MODULES_DIR = path.join(__dirname, "modules");

/** The Go module that only custom resource definitions are taken from. */
export const MANIFESTS_DIR = path.join(MODULES_DIR, "manifests");

/** The simplified charts that replace those that no module carries. */
export const LOCAL_CHARTS_DIR = path.resolve(__dirname, "..", "charts");

/**
 * The cache that the programs are built into. It is outside of the checkout, so that several checkouts share it:
 * `$LLMD_CACHE`, else `$XDG_CACHE_HOME/llm-d-environment`, else `~/.cache/llm-d-environment`.
 */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.LLMD_CACHE) return path.resolve(env.LLMD_CACHE);
  // The XDG base directory specification says to ignore a relative path.
  const xdg = env.XDG_CACHE_HOME && path.isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : undefined;
  return path.join(xdg ?? path.join(os.homedir(), ".cache"), "llm-d-environment");
}

/** The files and folders of a cache. */
export type CacheLayout = ReturnType<typeof cacheLayout>;

/** The layout of the cache in a folder. */
export function cacheLayout(dir: string) {
  const tools = path.join(dir, "tools");
  const sets = path.join(dir, "sets");
  const checks = path.join(dir, "checks");
  return {
    dir,
    /** One folder for each program and key. It appears only when it is complete. */
    tools,
    tool: (name: string, key: string) => path.join(tools, `${name}-${key}`),
    /** One folder for each set of programs, charts and files that belong together. */
    sets,
    set: (key: string) => path.join(sets, key),
    /** The caches of compiler, linter and formatter: one folder for each checkout and key. */
    checks,
    check: (key: string) => path.join(checks, key),
    /** Scratch space of a running build. */
    build: path.join(dir, "build"),
    /** The whole output of each module's last build. */
    logs: path.join(dir, "logs"),
    lock: path.join(dir, "lock"),
  };
}
