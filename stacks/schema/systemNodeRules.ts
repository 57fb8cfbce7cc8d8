import { SYSTEM_INSTANCE_TYPES } from "../aws/instanceTypes";
import { allocatable, cores, gibibytes } from "../aws/resources";
import type { ParsedEnvironment } from "./environment";
import { problem, type Problem } from "./problems";
import type { Partially } from "./rules";

type Environment = Partially<ParsedEnvironment>;

/**
 * What is set aside on system nodes for DNS, controllers, gateway, endpoint pickers and monitoring, most of which
 * request little and use more: CPU cores and GiB of memory.
 */
const ALLOWANCE = { cpu: 4, memory: 10 };

/** Sizes of a node group. */
interface Sizes {
  readonly minSize?: number | undefined;
  readonly maxSize?: number | undefined;
  readonly desiredSize?: number | undefined;
}

/** Checks that a node group's sizes are in order. */
export function sizeRules(group: "systemNodes" | "gpuNodes", { minSize, maxSize, desiredSize }: Sizes): Problem[] {
  const at = (key: keyof Sizes) => ["aws", group, key];
  const problems: Problem[] = [];
  if (minSize !== undefined && maxSize !== undefined && minSize > maxSize) {
    problems.push(problem(at("minSize"), `${minSize} is more than maxSize (${maxSize}); write at most ${maxSize}`));
    return problems;
  }
  if (desiredSize !== undefined && minSize !== undefined && desiredSize < minSize) {
    problems.push(
      problem(at("desiredSize"), `${desiredSize} is less than minSize (${minSize}); write at least ${minSize}`),
    );
  }
  if (desiredSize !== undefined && maxSize !== undefined && desiredSize > maxSize) {
    problems.push(
      problem(at("desiredSize"), `${desiredSize} is more than maxSize (${maxSize}); write at most ${maxSize}`),
    );
  }
  return problems;
}

/** Checks that what runs beside the model servers fits its nodes. */
export function systemNodeRules({ istio, aws }: Environment): Problem[] {
  const { instanceType, desiredSize, ...sizes } = aws?.systemNodes ?? {};
  const problems = sizeRules("systemNodes", { desiredSize, ...sizes });
  const { replicas, resources } = istio?.pilot ?? {};
  const istiod = { cpu: cores(resources?.cpu), memory: gibibytes(resources?.memory) };
  if (instanceType === undefined || istiod.cpu === undefined || istiod.memory === undefined) {
    return problems;
  }
  const node = allocatable(SYSTEM_INSTANCE_TYPES[instanceType]);
  if (istiod.cpu > node.cpu || istiod.memory > node.memory) {
    problems.push(
      problem(
        ["aws", "systemNodes", "instanceType"],
        `${instanceType} has no room for istiod, which requests ${resources?.cpu} CPU and ${resources?.memory} (istio.pilot.resources); write a larger type`,
      ),
    );
  } else if (desiredSize !== undefined && replicas !== undefined) {
    const cpu = (istiod.cpu * replicas + ALLOWANCE.cpu) / node.cpu;
    const memory = (istiod.memory * replicas + ALLOWANCE.memory) / node.memory;
    const needed = Math.ceil(Math.max(cpu, memory));
    if (desiredSize < needed) {
      problems.push(
        problem(
          ["aws", "systemNodes", "desiredSize"],
          `${desiredSize} of ${instanceType} has no room for istiod, endpoint pickers, controllers and monitoring; write at least ${needed}, or a larger type`,
        ),
      );
    }
  }
  return problems;
}
