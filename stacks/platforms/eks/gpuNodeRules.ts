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
 * Checks the GPU nodes. EFA, placement group and capacity are independent settings. Only combinations that AWS does not
 * support are refused.
 */
export function* gpuNodeRules({ models, aws }: EksRulesConfigured): Iterable<Problem> {
  const nodes = aws?.gpuNodes;
  if (nodes === undefined) return;
  yield* sizeRules("gpuNodes", nodes);
  yield* amiRules(nodes, aws?.cluster?.version);
  yield* capacityRules(nodes);
  yield* efaRules(nodes);
  yield* scheduleRules(nodes);
  yield* modelRules(models, nodes);
}

/** Nodes run the Kubernetes minor of the cluster. */
function* amiRules({ amiRelease }: GpuNodes, version: string | undefined): Iterable<Problem> {
  if (amiRelease === undefined || version === undefined || amiRelease.startsWith(`${version}.`)) return;
  yield problem(
    at("amiRelease"),
    `${show(amiRelease)} is not of Kubernetes ${version}; write a ${version} release, or remove it for the pinned one`,
  );
}

const WORDS = { reservation: "capacity reservation", capacityBlock: "capacity block" } as const;

function* capacityRules({ capacity, zone, instanceType, placementGroup }: GpuNodes): Iterable<Problem> {
  const { type, id } = capacity ?? {};
  const reserved = type === "reservation" || type === "capacityBlock";
  if (placementGroup === true && zone === undefined) {
    yield problem(
      at("zone"),
      "is missing, and a cluster placement group is in one zone; write that zone, or false as aws.gpuNodes.placementGroup",
    );
  } else if (reserved && zone === undefined) {
    yield problem(at("zone"), `is missing, and a ${WORDS[type]} is in one zone; write that zone`);
  }
  if (reserved && id === undefined) {
    const message = `is missing for a ${WORDS[type]}; write its id such as cr-0123456789abcdef0`;
    yield problem(at("capacity", "id"), message);
  }
  if (type !== "capacityBlock") return;
  if (instanceType !== undefined && !soldInCapacityBlocks(instanceType)) {
    const sold = INSTANCE_TYPE_NAMES.filter(soldInCapacityBlocks);
    yield problem(
      at("instanceType"),
      `${instanceType} is not sold in capacity blocks; write ${oneOf(sold)}, or another aws.gpuNodes.capacity.type`,
    );
  }
  if (placementGroup === true) {
    // https://github.com/aws/aws-parallelcluster/pull/6311
    yield problem(
      at("placementGroup"),
      "true is not possible in a capacity block, whose instances are already close together; write false",
    );
  }
}

function* efaRules({ efa, instanceType }: GpuNodes): Iterable<Problem> {
  if (efa !== true || instanceType === undefined || INSTANCE_TYPES[instanceType].efaInterfaces > 0) return;
  const family = instanceType.slice(0, instanceType.indexOf(".") + 1);
  const others = INSTANCE_TYPE_NAMES.filter(
    (name) => name.startsWith(family) && INSTANCE_TYPES[name].efaInterfaces > 0,
  );
  yield problem(
    at("efa"),
    `true is not possible on ${instanceType}, which has no EFA; write false, or ${oneOf(others)} as aws.gpuNodes.instanceType`,
  );
}

function* scheduleRules({ schedule, capacity, autoscaled }: GpuNodes): Iterable<Problem> {
  // The schedule is refused by its own field when there is a capacity block.
  if (schedule === undefined || capacity?.type === "capacityBlock") return;
  if (autoscaled === true) {
    yield problem(
      at("schedule"),
      "is undone by an autoscaler, which starts nodes again for pending pods; remove it, or write false as aws.gpuNodes.autoscaled",
    );
    return;
  }
  const { timeZone, start, stop } = schedule;
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    const message = `${show(timeZone)} is not an IANA time zone; write one such as Europe/Berlin or Etc/UTC`;
    yield problem(at("schedule", "timeZone"), message);
  }
  for (const [key, cron] of Object.entries({ start, stop })) {
    if (cron === undefined || isCron(cron)) continue;
    yield problem(
      at("schedule", key),
      `${show(cron)} is not a cron expression of five fields (minute, hour, day, month, weekday); write one such as "0 ${key === "start" ? 8 : 18} * * MON-FRI"`,
    );
  }
  if (start === undefined || stop === undefined || !isCron(start) || !isCron(stop)) return;
  const share = shareOfTime({ start, stop });
  if (share === undefined || share === 0) {
    yield problem(
      at("schedule"),
      `never lets GPU nodes run (start ${show(start)}, stop ${show(stop)}); write times that occur, and a stop after each start`,
    );
  }
}

/** Checks that the models fit the largest number of GPU nodes. */
function* modelRules(models: EksRulesConfigured["models"], nodes: GpuNodes): Iterable<Problem> {
  const { instanceType, maxSize, desiredSize, autoscaled } = nodes;
  if (instanceType === undefined) return;
  const { gpus } = INSTANCE_TYPES[instanceType];
  let needed = 0;
  // Autoscaled models count with their fewest replicas.
  let atLeast = 0;
  for (const [index, model] of list(models).entries()) {
    const { tensorParallel, resources, autoscaling } = model ?? {};
    const replicas = autoscaling === undefined ? model?.replicas : autoscaling.maxReplicas;
    if (tensorParallel === undefined || replicas === undefined) continue;
    if (tensorParallel > gpus) {
      yield problem(
        ["models", index, "tensorParallel"],
        `${tensorParallel} is more GPUs than a node has (${instanceType} has ${gpus}); write at most ${gpus}, or another aws.gpuNodes.instanceType`,
      );
      continue;
    }
    const perNode = replicasPerNode(instanceType, tensorParallel, resources);
    if (perNode === 0) {
      yield problem(
        ["models", index, "resources"],
        `${resources?.cpu} CPU and ${resources?.memory} are more than a node has for pods (${room(instanceType)} on ${instanceType}); write less, or another aws.gpuNodes.instanceType`,
      );
      continue;
    }
    // A canary runs in addition to the replicas.
    const canary = model?.canary === undefined ? 0 : (model.canary.replicas ?? 1);
    needed += (replicas + canary) / perNode;
    atLeast += ((autoscaling?.minReplicas ?? replicas) + canary) / perNode;
  }
  // Rounding errors must not add a node to a sum of fractions.
  needed = Math.ceil(needed - 1e-9);
  atLeast = Math.ceil(atLeast - 1e-9);
  if (maxSize !== undefined && needed > maxSize) {
    yield problem(
      at("maxSize"),
      `${maxSize} is too few for the models, whose replicas take ${needed} nodes of ${instanceType}; write at least ${needed}, or fewer replicas`,
    );
  } else if (desiredSize !== undefined && desiredSize > 0 && desiredSize < atLeast && autoscaled === false) {
    yield problem(
      at("desiredSize"),
      `${desiredSize} is too few for the models, whose replicas take ${atLeast} nodes of ${instanceType}, and no autoscaler adds the others; write ${atLeast}, or 0 for none`,
    );
  }
}

/** How many replicas of a model fit on one node, by GPUs, CPU and memory. */
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
