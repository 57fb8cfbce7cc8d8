import { INSTANCE_TYPE_NAMES, INSTANCE_TYPES, type InstanceTypeName, soldInCapacityBlocks } from "./instanceTypes";
import { allocatable, cores, gibibytes } from "../../../settings/quantities";
import { isCron, isTimeZone, shareOfTime } from "./schedule";
import type { ParsedAws } from "./settings";
import { oneOf } from "../../../settings/fields";
import { type Path, problem, type Problem, show } from "../../../settings/problems";
import { list, type Partially } from "../../../settings/values";
import { type EksRulesConfigured, sizeRules } from "./systemNodeRules";

type GpuNodes = NonNullable<Partially<ParsedAws>["gpuNodes"]>;

const at = (...keys: string[]): Path => ["aws", "gpuNodes", ...keys];

/**
 * Checks the GPU nodes. EFA, placement group and capacity are independent settings; refused are only the combinations
 * that AWS has no place for.
 */
export function gpuNodeRules({ models, aws }: EksRulesConfigured): Problem[] {
  const nodes = aws?.gpuNodes;
  if (nodes === undefined) {
    return [];
  }
  return [
    ...sizeRules("gpuNodes", nodes),
    ...amiRules(nodes, aws?.cluster?.version),
    ...capacityRules(nodes),
    ...efaRules(nodes),
    ...scheduleRules(nodes),
    ...modelRules(models, nodes),
  ];
}

/** Nodes run the cluster's own minor. */
function amiRules({ amiRelease }: GpuNodes, version: string | undefined): Problem[] {
  return amiRelease === undefined || version === undefined || amiRelease.startsWith(`${version}.`)
    ? []
    : [
        problem(
          at("amiRelease"),
          `${show(amiRelease)} is not of Kubernetes ${version}; write a ${version} release, or remove it for the pinned one`,
        ),
      ];
}

function capacityRules({ capacity, zone, instanceType, placementGroup }: GpuNodes): Problem[] {
  const { type, id } = capacity ?? {};
  const problems: Problem[] = [];
  if (placementGroup === true && zone === undefined) {
    problems.push(
      problem(
        at("zone"),
        "is missing, and a cluster placement group lies in one zone; write that zone, or false as aws.gpuNodes.placementGroup",
      ),
    );
  } else if ((type === "reservation" || type === "capacityBlock") && zone === undefined) {
    problems.push(problem(at("zone"), `is missing, and a ${WORDS[type]} lies in one zone; write that zone`));
  }
  if ((type === "reservation" || type === "capacityBlock") && id === undefined) {
    problems.push(
      problem(at("capacity", "id"), `is missing for a ${WORDS[type]}; write its id such as cr-0123456789abcdef0`),
    );
  }
  if (type !== "capacityBlock") {
    return problems;
  }
  if (instanceType !== undefined && !soldInCapacityBlocks(instanceType)) {
    problems.push(
      problem(
        at("instanceType"),
        `${instanceType} is not sold in capacity blocks; write ${oneOf(INSTANCE_TYPE_NAMES.filter(soldInCapacityBlocks))}, or another aws.gpuNodes.capacity.type`,
      ),
    );
  }
  if (placementGroup === true) {
    // https://github.com/aws/aws-parallelcluster/pull/6311
    problems.push(
      problem(
        at("placementGroup"),
        "true is not possible in a capacity block, whose instances are close together as it is; write false",
      ),
    );
  }
  return problems;
}

const WORDS = { reservation: "capacity reservation", capacityBlock: "capacity block" } as const;

function efaRules({ efa, instanceType }: GpuNodes): Problem[] {
  if (efa !== true || instanceType === undefined || INSTANCE_TYPES[instanceType].efaInterfaces > 0) {
    return [];
  }
  const family = instanceType.slice(0, instanceType.indexOf(".") + 1);
  const others = INSTANCE_TYPE_NAMES.filter(
    (name) => name.startsWith(family) && INSTANCE_TYPES[name].efaInterfaces > 0,
  );
  return [
    problem(
      at("efa"),
      `true is not possible on ${instanceType}, which has no EFA; write false, or ${oneOf(others)} as aws.gpuNodes.instanceType`,
    ),
  ];
}

function scheduleRules({ schedule, capacity, autoscaled }: GpuNodes): Problem[] {
  if (schedule === undefined) {
    return [];
  }
  // In a capacity block a schedule has no effect, which its field says.
  if (capacity?.type === "capacityBlock") return [];
  if (autoscaled === true) {
    return [
      problem(
        at("schedule"),
        "is undone by an autoscaler, which starts nodes again for the pods that wait; remove it, or write false as aws.gpuNodes.autoscaled",
      ),
    ];
  }
  const { timeZone, start, stop } = schedule;
  const problems: Problem[] = [];
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    problems.push(
      problem(
        at("schedule", "timeZone"),
        `${show(timeZone)} is no time zone of IANA's; write one such as Europe/Berlin or Etc/UTC`,
      ),
    );
  }
  for (const [key, cron] of Object.entries({ start, stop })) {
    if (cron !== undefined && !isCron(cron)) {
      problems.push(
        problem(
          at("schedule", key),
          `${show(cron)} is no cron expression of five fields (minute, hour, day, month, weekday); write one such as "0 ${key === "start" ? 8 : 18} * * MON-FRI"`,
        ),
      );
    }
  }
  if (start === undefined || stop === undefined || !isCron(start) || !isCron(stop)) {
    return problems;
  }
  const share = shareOfTime({ start, stop });
  if (share === undefined || share === 0) {
    problems.push(
      problem(
        at("schedule"),
        `never lets GPU nodes run (start ${show(start)}, stop ${show(stop)}); write times that come, and a stop after each start`,
      ),
    );
  }
  return problems;
}

/** Checks that the models fit the GPU nodes there can be. */
function modelRules(models: EksRulesConfigured["models"], nodes: GpuNodes): Problem[] {
  const { instanceType, maxSize, desiredSize, autoscaled } = nodes;
  if (instanceType === undefined) {
    return [];
  }
  const problems: Problem[] = [];
  let needed = 0;
  // By those that are autoscaled, while nothing is to be done.
  let atLeast = 0;
  list(models).forEach((model, index) => {
    const { tensorParallel, resources, autoscaling } = model ?? {};
    const replicas = autoscaling === undefined ? model?.replicas : autoscaling.maxReplicas;
    if (tensorParallel === undefined || replicas === undefined) {
      return;
    }
    const { gpus } = INSTANCE_TYPES[instanceType];
    if (tensorParallel > gpus) {
      problems.push(
        problem(
          ["models", index, "tensorParallel"],
          `${tensorParallel} is more GPUs than a node has (${instanceType} has ${gpus}); write at most ${gpus}, or another aws.gpuNodes.instanceType`,
        ),
      );
      return;
    }
    const perNode = replicasPerNode(instanceType, tensorParallel, resources);
    if (perNode === 0) {
      problems.push(
        problem(
          ["models", index, "resources"],
          `${resources?.cpu} CPU and ${resources?.memory} are more than a node has for pods (${room(instanceType)} on ${instanceType}); write less, or another aws.gpuNodes.instanceType`,
        ),
      );
      return;
    }
    // A canary is there beside all of them.
    const canary = model?.canary === undefined ? 0 : (model.canary.replicas ?? 1);
    needed += (replicas + canary) / perNode;
    atLeast += ((autoscaling?.minReplicas ?? replicas) + canary) / perNode;
  });
  // Sums of thirds and the like may miss a whole number by a hair.
  needed = Math.ceil(needed - 1e-9);
  atLeast = Math.ceil(atLeast - 1e-9);
  if (maxSize !== undefined && needed > maxSize) {
    problems.push(
      problem(
        at("maxSize"),
        `${maxSize} is too few for the models, whose replicas take ${needed} nodes of ${instanceType}; write at least ${needed}, or fewer replicas`,
      ),
    );
  } else if (desiredSize !== undefined && desiredSize > 0 && desiredSize < atLeast && autoscaled === false) {
    problems.push(
      problem(
        at("desiredSize"),
        `${desiredSize} is too few for the models, whose replicas take ${atLeast} nodes of ${instanceType}, and nothing would add the others; write ${atLeast}, or 0 for none`,
      ),
    );
  }
  return problems;
}

/** How many replicas of a model one node takes, by GPUs, CPU and memory. */
function replicasPerNode(
  instanceType: InstanceTypeName,
  tensorParallel: number,
  requests: { cpu?: string | undefined; memory?: string | undefined } | undefined,
): number {
  const facts = INSTANCE_TYPES[instanceType];
  const { cpu, memory } = allocatable(facts);
  return Math.floor(
    Math.min(
      facts.gpus / tensorParallel,
      cpu / (cores(requests?.cpu) ?? 0),
      memory / (gibibytes(requests?.memory) ?? 0),
    ),
  );
}

function room(instanceType: InstanceTypeName): string {
  const { cpu, memory } = allocatable(INSTANCE_TYPES[instanceType]);
  return `${cpu} CPU and ${Math.floor(memory)}Gi`;
}
