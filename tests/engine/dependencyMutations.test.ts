import * as assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { MutationAnswer, MutationRequest } from "../support/mutationRunner";

const ROOT = path.resolve(__dirname, "..", "..");

/** The tests that must fail when a dependency is missing. */
const TESTS = ["environmentGraph", "network", "cluster"].map((name) =>
  path.join(ROOT, "tests", "unit", "stacks", "platforms", "eks", "resources", `${name}.test.ts`),
);

const PLATFORM = "stacks/platforms/eks/build.ts";
const ENVIRONMENT = "stacks/environment.ts";
const SERVING_LAYER = "components/serving/layer.ts";
const GPU_LAYER = "components/gpu/layer.ts";
const inAws = (file: string) => `stacks/platforms/eks/resources/${file}.ts`;

/**
 * Every explicit dependency that orders the creation and deletion of an environment on AWS: the file, the text with the
 * dependency, the text without it, and the index among several occurrences.
 */
const MUTATIONS: readonly [string, string, string, number?][] = [
  [PLATFORM, "{ ...inAws, dependsOn: [network] }", "{ ...inAws }"],
  [PLATFORM, "{ dependsOn: [eks] },", "{},"],
  [PLATFORM, "{ ...inAws, dependsOn: [eks] }", "{ ...inAws }", 0],
  [PLATFORM, "{ ...inAws, dependsOn: [eks] }", "{ ...inAws }", 1],
  [PLATFORM, "kubernetes], dependsOn: [systemNodes] }", "kubernetes] }"],
  [PLATFORM, "dependsOn: [workloadAddons],", ""],
  [PLATFORM, "dependsOn: [gpuNodes], ", ""],
  [PLATFORM, "gpuNodes: [gpuNodes, ...devices]", "gpuNodes: [gpuNodes]"],
  [PLATFORM, "gpuNodes: [gpuNodes, ...devices]", "gpuNodes: []"],
  [SERVING_LAYER, "dependsOn: [...loadBalancers] }", "}"],
  [SERVING_LAYER, "dependsOn: [llmd, token, account, ...gpus] }", "dependsOn: [llmd, token, account] }"],
  [GPU_LAYER, "[...args.gpuNodes, ...args.nodes]", "[...args.gpuNodes]"],
  [GPU_LAYER, "dependsOn: [...operators, ...before]", "dependsOn: before"],
  [GPU_LAYER, "{ ...inCluster, dependsOn: before }", "inCluster", 1],
  [GPU_LAYER, "ready: [...args.gpuNodes, readiness]", "ready: args.gpuNodes"],
  ["components/gpu/gpuOperator.ts", "childOptions(this, opts, crds)", "childOptions(this, opts)"],
  ["components/istio/layer.ts", ", ...args.nodes] }", "] }"],
  [ENVIRONMENT, "dependsOn: [istio, llmd],", "dependsOn: [llmd],"],
  ["monitoring/layer.ts", "{ ...kept, dependsOn: [...args.nodes] }", "kept"],
  [inAws("network"), "child(gateway),", "child(),"],
  [inAws("network"), "child(publicRoute, ...publicAssociations)", "child(...publicAssociations)"],
  [inAws("network"), "child(publicRoute, ...publicAssociations)", "child(publicRoute)"],
  [inAws("vpcEndpoints"), "child(rule)", "child()"],
  [inAws("flowLogs"), "child(...ready)", "child()"],
  [inAws("serviceRole"), "ready: [role, ...attachments, ...inline]", "ready: [role, ...attachments]"],
  [inAws("serviceRole"), "ready: [role, ...attachments, ...inline]", "ready: [role, ...inline]"],
  [inAws("cluster"), "child(...ready, logs)", "child(logs)"],
  [inAws("cluster"), "child(...ready, logs)", "child(...ready)"],
  [inAws("cluster"), "child(agent, ...cniRole.ready)", "child(...cniRole.ready)"],
  [inAws("cluster"), "child(agent, ...cniRole.ready)", "child(agent)"],
  [inAws("cluster"), "child(entry)", "child()"],
  [inAws("nodeGroup"), "child(...ready, ...needs)", "child(...needs)"],
  [inAws("nodeGroup"), "child(...ready, ...needs)", "child(...ready)"],
  [inAws("gpuNodeGroup"), "needs: fabric?.ready ?? []", "needs: []"],
  [inAws("gpuNodeGroup"), "ready: [ingress, egress]", "ready: [ingress]"],
  [inAws("gpuNodeGroup"), "ready: [ingress, egress]", "ready: [egress]"],
  [inAws("workloadAddons"), "child(...ready)", "child()"],
  [inAws("workloadAddons"), "...child(driver)", "...child()"],
  [inAws("loadBalancerController"), "child(...ready)", "child()"],
  [inAws("loadBalancerController"), "inCluster(identity, ...crds)", "inCluster(...crds)"],
  [inAws("loadBalancerController"), "inCluster(identity, ...crds)", "inCluster(identity)"],
];

/**
 * Number of runs in one process. A failed test leaves pending operations in the SDK's global state. Each run then takes
 * longer than the one before, and about the seventh runs out of memory.
 */
const RUNS_PER_PROCESS = 4;

/** The files in which every explicit dependency needs a mutation: the AWS resources, and the platform that wires them. */
const COMPLETE = [
  PLATFORM,
  ...fs
    .readdirSync(path.join(ROOT, "stacks", "platforms", "eks", "resources"))
    .map((file) => `stacks/platforms/eks/resources/${file}`),
];

/** An explicit dependency: in options, or passed to a helper that makes a child's options. */
const DEPENDENCY = /\bdependsOn: \[[^\]]+\]|\b(?:child|inCluster)\((?!\.\.\.more)[^()]+\)/g;

/** Start and end of a mutation's text in its file. */
function place([file, original, , occurrence = 0]: (typeof MUTATIONS)[number]): [number, number] {
  const before = fs
    .readFileSync(path.join(ROOT, file), "utf8")
    .split(original)
    .slice(0, occurrence + 1);
  const from = before.join(original).length;
  return [from, from + original.length];
}

describe("the mutations of dependencies on AWS", () => {
  it("cover every explicit dependency", () => {
    const left = COMPLETE.flatMap((file) => {
      const places = MUTATIONS.filter((mutation) => mutation[0] === file).map(place);
      return [...fs.readFileSync(path.join(ROOT, file), "utf8").matchAll(DEPENDENCY)]
        .filter(({ index, 0: text }) => !places.some(([from, to]) => from < index + text.length && index < to))
        .map(({ 0: text }) => `${file}: ${text}`);
    });
    assert.deepEqual(left, []);
  });
});

describe("the tests of the graph on AWS", function () {
  this.timeout(900_000);
  let runner: ChildProcess;
  let runs = 0;
  const start = (): void => {
    runner = fork(path.join(ROOT, "tests", "support", "mutationRunner.ts"), {
      execArgv: ["-r", "ts-node/register/transpile-only"],
      cwd: ROOT,
    });
  };
  before(start);
  after(() => runner.kill());
  beforeEach(() => {
    if (runs++ % RUNS_PER_PROCESS !== RUNS_PER_PROCESS - 1) return;
    runner.kill();
    start();
  });

  /** 1 when a test of the graph fails, otherwise 0. Rejects on any other error. */
  const failing = (texts: Readonly<Record<string, string>> = {}): Promise<number> =>
    new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`the runner ended with exit code ${code}`));
      runner.once("exit", ended);
      runner.once("message", (answer: MutationAnswer) => {
        runner.off("exit", ended);
        if ("error" in answer) reject(new Error(answer.error));
        else resolve(answer.failures);
      });
      runner.send({ tests: TESTS, texts } satisfies MutationRequest);
    });

  it("pass while every dependency is present", async () => {
    assert.equal(await failing(), 0);
  });

  for (const [file, original, mutated, occurrence = 0] of MUTATIONS) {
    it(`fail without the dependency in ${file}: ${original} -> ${mutated || "nothing"}`, async () => {
      const target = path.join(ROOT, file);
      const parts = fs.readFileSync(target, "utf8").split(original);
      assert.ok(parts.length > occurrence + 1, "the file no longer has this text");
      const [before, after] = [parts.slice(0, occurrence + 1), parts.slice(occurrence + 1)];
      assert.equal(await failing({ [target]: `${before.join(original)}${mutated}${after.join(original)}` }), 1);
    });
  }
});
