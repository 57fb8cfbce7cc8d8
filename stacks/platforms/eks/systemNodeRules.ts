import { SYSTEM_INSTANCE_TYPES } from "./instanceTypes";
import { allocatable, cores, gibibytes } from "../../../settings/quantities";
import { problem, type Problem } from "../../../settings/problems";
import type { Partially } from "../../../settings/values";
import type { IstioConfig } from "../../../components/istio/settings";
import type { ParsedModel } from "../../../components/serving/settings";
import type { ParsedMonitoring } from "../../../monitoring/settings";
import type { ParsedAws } from "./settings";

/** The part of the configuration that decides what nodes there have to be. */
export type EksRulesConfigured = Partially<{
  aws: ParsedAws;
  istio: IstioConfig;
  models: ParsedModel[];
  monitoring: ParsedMonitoring;
}>;

/**
 * What is set aside on system nodes for DNS, controllers, gateway, endpoint pickers and monitoring, most of which
 * request little and use more: CPU cores and GiB of memory. Prometheus with its defaults is in it.
 */
const ALLOWANCE = { cpu: 4, memory: 10 };

/** What Prometheus requests by default: CPU cores and GiB of memory. What is requested beyond has to fit as well. */
const PROMETHEUS = { cpu: 0.5, memory: 2 };

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
export function systemNodeRules({ istio, aws, monitoring }: EksRulesConfigured): Problem[] {
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
    const prometheus = prometheusBeyondDefault(monitoring);
    const cpu = (istiod.cpu * replicas + ALLOWANCE.cpu + prometheus.cpu) / node.cpu;
    const memory = (istiod.memory * replicas + ALLOWANCE.memory + prometheus.memory) / node.memory;
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

/** What Prometheus requests beyond what the allowance has for it. */
function prometheusBeyondDefault(monitoring: EksRulesConfigured["monitoring"]): typeof PROMETHEUS {
  if (monitoring?.mode !== "stack") return { cpu: 0, memory: 0 };
  const { cpu, memory } = monitoring?.prometheus?.resources ?? {};
  return {
    cpu: Math.max(0, (cores(cpu) ?? 0) - PROMETHEUS.cpu),
    memory: Math.max(0, (gibibytes(memory) ?? 0) - PROMETHEUS.memory),
  };
}
