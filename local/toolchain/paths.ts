import * as os from "node:os";
import * as path from "node:path";

/** The repository's root. */
export const PROJECT_ROOT = path.resolve(__dirname, "..", "..");

/** The folder of the Go modules that pin the programs. */
export const MODULES_DIR = path.join(__dirname, "modules");

/** The Go module that pins what only custom resource definitions are taken from. */
export const MANIFESTS_DIR = path.join(MODULES_DIR, "manifests");

/** The stand-ins of charts that no module carries. */
export const LOCAL_CHARTS_DIR = path.join(PROJECT_ROOT, "local", "charts");

/**
 * The cache that the programs are built into, outside of the checkout so that several checkouts share it:
 * `$LLMD_CACHE`, else `$XDG_CACHE_HOME/llm-d-environment`, else `~/.cache/llm-d-environment`.
 */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.LLMD_CACHE) return path.resolve(env.LLMD_CACHE);
  // The XDG base directory specification says to ignore a relative path.
  const xdg = env.XDG_CACHE_HOME && path.isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : undefined;
  return path.join(xdg ?? path.join(os.homedir(), ".cache"), "llm-d-environment");
}

/** The folders of a cache. */
export class CacheLayout {
  constructor(readonly dir: string) {}

  /** One folder for each program and key; it appears at once and complete. */
  get tools(): string {
    return path.join(this.dir, "tools");
  }

  /** One folder for each set of programs, charts and files that belong together. */
  get sets(): string {
    return path.join(this.dir, "sets");
  }

  /** Scratch space of a running build. */
  get build(): string {
    return path.join(this.dir, "build");
  }

  /** The whole output of each module's last build. */
  get logs(): string {
    return path.join(this.dir, "logs");
  }

  get lock(): string {
    return path.join(this.dir, "lock");
  }

  tool(name: string, key: string): string {
    return path.join(this.tools, `${name}-${key}`);
  }

  set(key: string): string {
    return path.join(this.sets, key);
  }
}
