import * as fs from "node:fs";
import * as path from "node:path";
import { runCommand } from "./command";
import { failedBuild, type ToolchainError } from "./errors";
import { overlayFlags } from "./patches";
import { buildFlags, executableName, GO_MODULES, type GoModule, type GoModuleName, type GoTool } from "./tools";

/**
 * What every go command of the toolchain runs with: no C compiler is needed, go.mod and go.sum are never changed, and
 * neither an outer workspace nor flags that somebody set for other builds have a say.
 */
export const GO_ENVIRONMENT = { CGO_ENABLED: "0", GOWORK: "off", GO111MODULE: "on", GOFLAGS: "-mod=readonly" } as const;

/** Which packages are still to be compiled, and for which program first. */
export interface CompilePlan {
  /** Name of the program that compiles the package first, by the package's import path. */
  readonly owner: ReadonlyMap<string, string>;
  /** For each program: all packages it is the first to need, its main one left out, and those not compiled yet. */
  readonly counts: ReadonlyMap<string, { readonly all: number; readonly missing: number }>;
}

/** Told while a module is being built. */
export interface BuildListener {
  /** The programs' packages are known. */
  planned(plan: CompilePlan): void;
  /** The compiler starts on a package that belongs to a program. */
  compiling(tool: string, package_: string): void;
  /** A program is linked and usable. */
  finished(tool: string): void;
}

export interface ModuleBuild {
  readonly name: GoModuleName;
  /** The programs wanted; the module's other programs are left alone. */
  readonly tools: readonly GoTool[];
  readonly modulesDir: string;
  /** Scratch folder of this build; removed by the caller. */
  readonly scratch: string;
  readonly log: string;
  readonly signal?: AbortSignal;
  readonly listener: BuildListener;
}

export interface BuildResult {
  readonly programs: ReadonlyMap<string, string>;
  readonly error?: ToolchainError;
}

/** How often the output folder is looked at for linked programs, in milliseconds. */
const LOOK_INTERVAL = 500;

/**
 * Reads the output of `go list -deps -f '{{.ImportPath}} {{.Stale}}'` over the programs' packages. It lists a package
 * after everything that it needs, and the programs in the order asked for, so that each program's line closes the
 * list of what it is the first to need.
 */
export function parseCompilePlan(lines: readonly string[], tools: readonly GoTool[]): CompilePlan {
  const owner = new Map<string, string>();
  const counts = new Map<string, { all: number; missing: number }>();
  const toolByPackage = new Map(tools.map((tool) => [tool.package, tool.name]));
  let pending: [string, boolean][] = [];
  for (const line of lines) {
    const [importPath = "", stale] = line.split(" ");
    pending.push([importPath, stale === "true"]);
    const tool = toolByPackage.get(importPath);
    if (tool === undefined) continue;
    for (const [name] of pending) owner.set(name, tool);
    // A main package counts as stale until its program is installed, compiled or not: it is left out.
    pending.pop();
    counts.set(tool, { all: pending.length, missing: pending.filter(([, isStale]) => isStale).length });
    pending = [];
  }
  return { owner, counts };
}

/** Fetches the modules that a module's programs need, and tells what is still to be compiled. */
export async function downloadModule(
  name: GoModuleName,
  tools: readonly GoTool[],
  options: { modulesDir: string; signal?: AbortSignal; onErrorLine?: (line: string) => void },
): Promise<CompilePlan> {
  const { stdout } = await runCommand("go", listArguments(listFlags(GO_MODULES[name]), tools), {
    cwd: path.join(options.modulesDir, name),
    env: GO_ENVIRONMENT,
    signal: options.signal,
    onErrorLine: options.onErrorLine,
  });
  return parseCompilePlan(stdout, tools);
}

function listArguments(flags: readonly string[], tools: readonly GoTool[]): string[] {
  return ["list", ...flags, "-deps", "-f", "{{.ImportPath}} {{.Stale}}", ...tools.map((tool) => tool.package)];
}

/** `go list` fails on a missing file to embed, and the ones copied at build time are missing in the module's folder. */
function listFlags(module: GoModule): string[] {
  return module.embeds === undefined ? buildFlags(module) : [...buildFlags(module), "-e"];
}

/**
 * Builds programs of one module with a single `go build`: packages that several need are compiled once, and one program
 * is linked (mostly one thread) while the next is compiled.
 *
 * @returns the path of each program that came out, and the error when not all did
 */
export async function buildModule(build: ModuleBuild): Promise<BuildResult> {
  const module = GO_MODULES[build.name];
  const out = path.join(build.scratch, "out");
  const temporary = path.join(build.scratch, "tmp");
  fs.mkdirSync(out, { recursive: true });
  fs.mkdirSync(temporary, { recursive: true });
  fs.writeFileSync(build.log, "");
  const what = build.tools.map((tool) => tool.name).join(", ");
  // Linked programs are moved from GOTMPDIR: on one file system with the output, they appear there at once and whole.
  const env = { ...GO_ENVIRONMENT, GOTMPDIR: temporary };
  const options = { env, log: build.log, signal: build.signal };

  const cwd = module.embeds === undefined ? path.join(build.modulesDir, build.name) : await withEmbeds(build, module);
  const packages = build.tools.map((tool) => tool.package);
  const overlay = await overlayFlags(module.patches ?? [], build.scratch, (name) => moduleDir(name, cwd, build.signal));
  const flags = [...buildFlags(module), ...overlay];
  const listed = await runCommand("go", listArguments(flags, build.tools), {
    ...options,
    cwd,
    log: undefined,
  });
  if (listed.failure !== undefined) {
    fs.writeFileSync(build.log, listed.stderr.join("\n"));
    return { programs: new Map(), error: failedBuild(what, listed.failure, listed.stderr, build.log) };
  }
  const plan = parseCompilePlan(listed.stdout, build.tools);
  build.listener.planned(plan);

  const finished = new Set<string>();
  const look = () => {
    for (const tool of build.tools) {
      if (finished.has(tool.name) || !fs.existsSync(path.join(out, executableName(tool.package)))) continue;
      finished.add(tool.name);
      build.listener.finished(tool.name);
    }
  };
  const looking = setInterval(look, LOOK_INTERVAL);
  // With -v, go names each package when it starts to compile it; whatever else it says is about a failure.
  const said: string[] = [];
  const failing = new Set<string>();
  const result = await runCommand("go", ["build", ...flags, "-v", "-o", `${out}/`, ...packages], {
    ...options,
    cwd,
    onErrorLine: (line) => {
      const tool = plan.owner.get(line);
      if (tool !== undefined) return build.listener.compiling(tool, line);
      said.push(line);
      const owner = plan.owner.get(/^# (\S+)/.exec(line)?.[1] ?? "");
      if (owner !== undefined) failing.add(owner);
    },
  }).finally(() => clearInterval(looking));
  look();
  const programs = new Map(
    build.tools
      .filter((tool) => finished.has(tool.name))
      .map((tool) => [tool.name, path.join(out, executableName(tool.package))]),
  );
  if (result.failure === undefined) return { programs };
  const unfinished = build.tools.map((tool) => tool.name).filter((name) => !finished.has(name));
  const failed = [...(failing.size > 0 ? failing : unfinished)].join(", ");
  return { programs, error: failedBuild(failed, result.failure, said, build.log) };
}

/** A copy of the module's folder with the files that its main package embeds; @returns its path. */
async function withEmbeds(build: ModuleBuild, module: GoModule): Promise<string> {
  const folder = path.join(build.scratch, "module");
  fs.cpSync(path.join(build.modulesDir, build.name), folder, { recursive: true });
  const embeds = module.embeds;
  if (embeds === undefined) return folder;
  const source = path.join(await moduleDir(embeds.module, folder, build.signal), embeds.folder);
  for (const file of embeds.files) {
    // The files are generated and read-only in the module cache; the copies are to be removable.
    fs.writeFileSync(path.join(folder, file), fs.readFileSync(path.join(source, file)));
  }
  return folder;
}

/** The folder of a required module in Go's module cache, fetched when it is not there. */
export async function moduleDir(module: string, cwd: string, signal?: AbortSignal): Promise<string> {
  const result = await runCommand("go", ["mod", "download", "-json", module], { cwd, env: GO_ENVIRONMENT, signal });
  const info =
    result.stdout.length === 0 ? {} : (JSON.parse(result.stdout.join("\n")) as { Dir?: string; Error?: string });
  if (result.failure !== undefined || info.Dir === undefined) {
    const output = [...result.stderr, ...(info.Error === undefined ? [] : [info.Error])];
    throw failedBuild(`the files of ${module}`, result.failure ?? "no folder was named", output);
  }
  return info.Dir;
}
