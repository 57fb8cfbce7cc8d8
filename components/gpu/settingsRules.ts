import { type Path, problem, type Problem, show } from "../../settings/problems";
import { list, type Partially } from "../../settings/values";
import type { RuleContext } from "../capability";
import type { ParsedModel } from "../serving/settings";
import type { ParsedGpu } from "./settings";

/** The part of the configuration that these rules read. */
type Configured = Partially<{ gpu: ParsedGpu; models: ParsedModel[] }>;
type Gpu = Partially<ParsedGpu>;

const at = (...path: PropertyKey[]): Path => ["gpu", ...path];

/** Checks the GPU settings against each other and against the models. */
export function gpuRules({ gpu, models }: Configured, { platform }: RuleContext): Problem[] {
  if (gpu === undefined) return [];
  return [...operatorRules(gpu, platform), ...olmRules(gpu), ...sharingRules(gpu), ...modelRules(gpu, list(models))];
}

function operatorRules({ operator }: Gpu, platform: RuleContext["platform"]): Problem[] {
  if (operator !== "olm" || platform === undefined || platform.olm) return [];
  const message = `olm needs OpenShift's Operator Lifecycle Manager, which platform ${platform.name} does not have; write ${platform.gpuOperator}`;
  return [problem(at("operator"), message)];
}

function olmRules({ operator, olm }: Gpu): Problem[] {
  if (operator !== "olm" || olm === undefined) return [];
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
  return problems;
}

function sharingRules({ mig, timeSlicing, gpusPerNode }: Gpu): Problem[] {
  const problems: Problem[] = [];
  const { strategy, layout } = mig ?? {};
  if (layout !== undefined && strategy === "single" && gpusPerNode === undefined) {
    problems.push(
      problem(
        at("gpusPerNode"),
        `is missing with the MIG layout ${show(layout)}; write how many slices a node advertises, such as 56 for eight A100 with seven slices each`,
      ),
    );
  }
  if (layout !== undefined && strategy === "mixed") {
    problems.push(
      problem(
        at("mig", "strategy"),
        "mixed advertises the slices of a layout as nvidia.com/mig-..., which no model requests (models request nvidia.com/gpu); write single",
      ),
    );
  }
  if (layout !== undefined && timeSlicing !== undefined) {
    problems.push(problem(at("timeSlicing"), "cannot be combined with a MIG layout; write one of the two"));
  }
  return problems;
}

function modelRules({ timeSlicing }: Gpu, models: readonly (Partially<ParsedModel> | undefined)[]): Problem[] {
  const shares = timeSlicing?.replicas;
  if (shares === undefined) return [];
  return models.flatMap((model, index) => {
    const problems: Problem[] = [];
    const { tensorParallel = 1, gpuMemoryUtilization } = model ?? {};
    if (tensorParallel > 1) {
      problems.push(
        problem(
          ["models", index, "tensorParallel"],
          `${tensorParallel} shares may be on one GPU; write 1, or remove gpu.timeSlicing`,
        ),
      );
    }
    if (gpuMemoryUtilization !== undefined && gpuMemoryUtilization * shares > 1) {
      const most = Math.floor(100 / shares) / 100;
      problems.push(
        problem(
          ["models", index, "gpuMemoryUtilization"],
          `${gpuMemoryUtilization} of a GPU's memory for each of the ${shares} pods that share it (gpu.timeSlicing.replicas) is more than the GPU has; write at most ${most}`,
        ),
      );
    }
    return problems;
  });
}
