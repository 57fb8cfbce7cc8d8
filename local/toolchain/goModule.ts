import * as fs from "node:fs";
import * as path from "node:path";
import { type CommandOptions, runCommand } from "./command";
import { type CompilePlan, parseCompilePlan, PLAN_TEMPLATE } from "./compilePlan";
import { failedBuild, type ToolchainError } from "./errors";
import { copyTree } from "./files";
import { patchModules } from "./patches";
import { buildFlags, executableName, GO_MODULES, type GoModule, type GoModuleName, type GoTool } from "./tools";

/**
 * The environment of each go command. It needs no C compiler and never changes go.mod or go.sum. It ignores an outer
 * workspace, and flags that the user has set for other builds.
 */
export const GO_ENVIRONMENT = { CGO_ENABLED: "0", GOWORK: "off", GO111MODULE: "on", GOFLAGS: "-mod=readonly" } as const;

interface ModuleBuild {
  readonly name: GoModuleName;
  /** The programs to build; other programs of the module are not built. */
  readonly tools: readonly GoTool[];
  readonly modulesDir: string;
  /** Scratch folder of this build; the caller deletes it. */
  readonly scratch: string;
  readonly log: string;
  readonly signal?: AbortSignal;
  readonly listener: {
    /** The packages of the programs are known. */
    planned(plan: CompilePlan): void;
    /** The compiler starts on a package of a program; `bytes` is the size of its sources. */
    compiling(tool: string, package_: string, bytes: number): void;
    /** A program is linked and can be used. */
    finished(tool: string): void;
  };
}

interface BuildResult {
  /** The path of each program that was built. */
  readonly programs: ReadonlyMap<string, string>;
  /** Set when not all programs were built. */
  readonly error?: ToolchainError;
}

/** How often the output folder is checked for linked programs, in milliseconds. */
const CHECK_INTERVAL = 500;

/** Downloads the modules that a module's programs need, and returns what has to be compiled. */
export async function downloadModule(
  name: GoModuleName,
  tools: readonly GoTool[],
  options: Omit<CommandOptions, "env">,
): Promise<CompilePlan> {
  const module = GO_MODULES[name];
  // `go list` fails on a missing file to embed, and the module's folder lacks those that the build copies.
  const flags = [...buildFlags(module), ...(module.embeds === undefined ? [] : ["-e"])];
  const { stdout } = await listPackages(flags, tools, { ...options, env: GO_ENVIRONMENT });
  return parseCompilePlan(stdout, tools);
}

function listPackages(flags: readonly string[], tools: readonly GoTool[], options: CommandOptions) {
  const packages = tools.map((tool) => tool.package);
  return runCommand("go", ["list", ...flags, "-deps", "-f", PLAN_TEMPLATE, ...packages], options);
}

/**
 * Builds programs of one module with a single `go build`. Packages that several programs need are compiled once. While
 * one program is linked, which is mostly one thread, the next one is compiled.
 */
export async function buildModule(build: ModuleBuild): Promise<BuildResult> {
  const { tools, log, listener } = build;
  const module = GO_MODULES[build.name];
  const out = path.join(build.scratch, "out");
  const temporary = path.join(build.scratch, "tmp");
  fs.mkdirSync(out, { recursive: true });
  fs.mkdirSync(temporary, { recursive: true });
  fs.writeFileSync(log, "");
  const flags = buildFlags(module);
  // go moves linked programs out of GOTMPDIR. On the same file system this is a rename, so a program is always complete.
  const env = { ...GO_ENVIRONMENT, GOTMPDIR: temporary };
  const options = { cwd: await buildFolder(build, module), env, signal: build.signal };
  const names = tools.map((tool) => tool.name);

  const listed = await listPackages(flags, tools, options);
  if (listed.failure !== undefined) {
    fs.writeFileSync(log, listed.stderr.join("\n"));
    return { programs: new Map(), error: failedBuild(names.join(", "), listed.failure, listed.stderr, log) };
  }
  const plan = parseCompilePlan(listed.stdout, tools);
  listener.planned(plan);

  const programs = new Map<string, string>();
  const checkOutput = () => {
    for (const tool of tools) {
      const program = path.join(out, executableName(tool.package));
      if (programs.has(tool.name) || !fs.existsSync(program)) continue;
      programs.set(tool.name, program);
      listener.finished(tool.name);
    }
  };
  const timer = setInterval(checkOutput, CHECK_INTERVAL);
  // With -v, go prints the name of each package when it starts to compile it. Every other line is about a failure.
  const failureLines: string[] = [];
  const failing = new Set<string>();
  const packages = tools.map((tool) => tool.package);
  const result = await runCommand("go", ["build", ...flags, "-v", "-o", `${out}/`, ...packages], {
    ...options,
    log,
    onErrorLine: (line) => {
      const compiled = plan.packages.get(line);
      if (compiled !== undefined) return listener.compiling(compiled.tool, line, compiled.bytes);
      failureLines.push(line);
      const owner = plan.packages.get(/^# (\S+)/.exec(line)?.[1] ?? "");
      if (owner !== undefined) failing.add(owner.tool);
    },
  }).finally(() => clearInterval(timer));
  checkOutput();
  if (result.failure === undefined) return { programs };
  const failed = failing.size > 0 ? [...failing] : names.filter((name) => !programs.has(name));
  return { programs, error: failedBuild(failed.join(", "), result.failure, failureLines, log) };
}

/** The folder to build in: the module's own, or a copy when files are embedded or requirements are patched. */
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

/**
 * The folder of a required module in Go's module cache. Downloads the module if it is not there.
 *
 * @throws ToolchainError when it cannot be downloaded
 */
export async function moduleDir(module: string, cwd: string, signal?: AbortSignal): Promise<string> {
  const result = await runCommand("go", ["mod", "download", "-json", module], { cwd, env: GO_ENVIRONMENT, signal });
  const info =
    result.stdout.length === 0 ? {} : (JSON.parse(result.stdout.join("\n")) as { Dir?: string; Error?: string });
  if (result.failure !== undefined || info.Dir === undefined) {
    const output = [...result.stderr, ...(info.Error === undefined ? [] : [info.Error])];
    throw failedBuild(`the files of ${module}`, result.failure ?? "go named no folder", output);
  }
  return info.Dir;
}
