import { type GpuConfig, resolveGpu } from "./gpuConfig";
import type { ParsedEnvironment } from "../../stacks/environmentSchema";
import type { ParsedGpu } from "./settings";
import { type Path, problem, type Problem, show } from "../../settings/problems";
import type { Partially } from "../../stacks/environmentRules";

type Environment = Partially<ParsedEnvironment>;
type Gpu = Partially<ParsedGpu>;

const at = (...path: PropertyKey[]): Path => ["gpu", ...path];

/** Checks the rules that tie GPU settings together, and to the models. `raw` is what was written. */
export function gpuRules(config: Environment, raw: unknown): Problem[] {
  const { platform, gpu } = config;
  if (typeof gpu !== "object" || gpu === null) return [];
  const written = keysOf(keysOf(raw, "gpu"));
  const operator =
    gpu.operator ?? (platform === undefined ? undefined : resolveGpu({ ...(gpu as ParsedGpu) }, platform).operator);
  return [
    ...operatorRules(operator, platform, written),
    ...olmRules(operator, gpu, keysOf(raw, "gpu")),
    ...sharingRules(gpu),
    ...modelRules(gpu, config.models ?? []),
  ];
}

function operatorRules(
  operator: GpuConfig["operator"] | undefined,
  platform: Environment["platform"],
  written: readonly string[],
): Problem[] {
  if (operator === "olm" && platform === "eks") {
    return [problem(at("operator"), "olm needs OpenShift's Operator Lifecycle Manager, which EKS has not; write helm")];
  }
  if (operator !== "preinstalled") return [];
  return written
    .filter((key) => ["driver", "toolkit", "mig", "timeSlicing", "values"].includes(key))
    .map((key) => problem(at(key), "has no effect on an operator that somebody else installed; remove it"));
}

function olmRules(operator: GpuConfig["operator"] | undefined, { olm }: Gpu, raw: unknown): Problem[] {
  if (operator !== undefined && operator !== "olm") {
    return keysOf(keysOf(raw, "olm")).map((key) =>
      problem(at("olm", key), `has no effect with operator ${operator}; remove it`),
    );
  }
  if (operator === undefined || olm === undefined) return [];
  const problems: Problem[] = [];
  if (olm.approval === "Manual" && olm.startingCSV === undefined) {
    problems.push(
      problem(
        at("olm", "startingCSV"),
        "is missing with approval Manual; write the version to approve, such as gpu-operator-certified.v26.3.3",
      ),
    );
  }
  if (olm.nfd === "labels" && (olm.nodes ?? []).length === 0) {
    problems.push(
      problem(at("olm", "nodes"), "is missing with nfd labels; write the names of the GPU nodes (`oc get nodes`)"),
    );
  }
  if (olm.nfd !== undefined && olm.nfd !== "labels" && (olm.nodes ?? []).length > 0) {
    problems.push(
      problem(at("olm", "nodes"), `has no effect with nfd ${olm.nfd}, which finds GPU nodes by itself; remove it`),
    );
  }
  return problems;
}

function sharingRules({ mig, timeSlicing, gpusPerNode }: Gpu): Problem[] {
  const problems: Problem[] = [];
  const { strategy, layout } = mig ?? {};
  if (layout !== undefined && strategy === "none") {
    problems.push(problem(at("mig", "layout"), `${show(layout)} has no effect with strategy none; write single`));
  }
  if (layout !== undefined && strategy === "single" && gpusPerNode === undefined) {
    problems.push(
      problem(
        at("gpusPerNode"),
        `is missing with the MIG layout ${show(layout)}; write how many slices a node then advertises, such as 56 for ` +
          "eight A100 in seven each",
      ),
    );
  }
  if (layout !== undefined && strategy === "mixed") {
    problems.push(
      problem(
        at("mig", "strategy"),
        "mixed advertises the slices of a layout as nvidia.com/mig-..., which no model asks for (they ask for nvidia.com/gpu); write single",
      ),
    );
  }
  if (layout !== undefined && timeSlicing !== undefined) {
    problems.push(problem(at("timeSlicing"), "shares slices of a MIG layout; write one of the two"));
  }
  return problems;
}

function modelRules({ timeSlicing }: Gpu, models: NonNullable<Environment["models"]>): Problem[] {
  const shares = timeSlicing?.replicas;
  if (shares === undefined || !Array.isArray(models)) return [];
  return models.flatMap((model, index) => {
    const problems: Problem[] = [];
    const { tensorParallel = 1, gpuMemoryUtilization } = model ?? {};
    if (tensorParallel > 1) {
      problems.push(
        problem(
          ["models", index, "tensorParallel"],
          `${tensorParallel} shares may be of one GPU; write 1, or remove gpu.timeSlicing`,
        ),
      );
    }
    if (gpuMemoryUtilization !== undefined && gpuMemoryUtilization * shares > 1) {
      const most = Math.floor(100 / shares) / 100;
      problems.push(
        problem(
          ["models", index, "gpuMemoryUtilization"],
          `${gpuMemoryUtilization} of a GPU's memory for each of the ${shares} pods that share it (gpu.timeSlicing.replicas) is more than there is; write at most ${most}`,
        ),
      );
    }
    return problems;
  });
}

/** What is under a key, or the keys of an object when none is given. */
function keysOf(value: unknown): string[];
function keysOf(value: unknown, key: string): unknown;
function keysOf(value: unknown, key?: string): unknown {
  const object = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  return key === undefined ? Object.keys(object) : object[key];
}
