import * as fs from "node:fs";
import * as path from "node:path";
import { runCommand } from "./command";
import { type CompilePlan, parseCompilePlan, PLAN_TEMPLATE } from "./compilePlan";
import { failedBuild, type ToolchainError } from "./errors";
import { copyTree } from "./files";
import { patchModules } from "./patches";
import { buildFlags, executableName, GO_MODULES, type GoModule, type GoModuleName, type GoTool } from "./tools";

/**
 * What every go command of the toolchain runs with: no C compiler is needed, go.mod and go.sum are never changed, and
 * neither an outer workspace nor flags that somebody set for other builds have a say.
 */
export const GO_ENVIRONMENT = { CGO_ENABLED: "0", GOWORK: "off", GO111MODULE: "on", GOFLAGS: "-mod=readonly" } as const;

/** Told while a module is being built. */
export interface BuildListener {
  /** The programs' packages are known. */
  planned(plan: CompilePlan): void;
  /** The compiler starts on a package that belongs to a program; `bytes` is the size of its sources. */
  compiling(tool: string, package_: string, bytes: number): void;
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
  return ["list", ...flags, "-deps", "-f", PLAN_TEMPLATE, ...tools.map((tool) => tool.package)];
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

  const cwd = await buildFolder(build, module);
  const packages = build.tools.map((tool) => tool.package);
  const flags = buildFlags(module);
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
      const compiled = plan.packages.get(line);
      if (compiled !== undefined) return build.listener.compiling(compiled.tool, line, compiled.bytes);
      said.push(line);
      const owner = plan.packages.get(/^# (\S+)/.exec(line)?.[1] ?? "");
      if (owner !== undefined) failing.add(owner.tool);
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

/**
 * The folder to build in: the module's own, or a copy of it when files are added for the main package to embed, or
 * requirements are patched.
 */
async function buildFolder(build: ModuleBuild, { embeds, patches = [] }: GoModule): Promise<string> {
  const original = path.join(build.modulesDir, build.name);
  if (embeds === undefined && patches.length === 0) return original;
  const folder = path.join(build.scratch, "module");
  copyTree(original, folder);
  const locate = (module: string) => moduleDir(module, original, build.signal);
  if (embeds !== undefined) {
    const source = path.join(await locate(embeds.module), embeds.folder);
    for (const file of embeds.files)
      fs.writeFileSync(path.join(folder, file), fs.readFileSync(path.join(source, file)));
  }
  await patchModules(patches, folder, build.scratch, locate);
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
