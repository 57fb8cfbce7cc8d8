import { SYSTEM_INSTANCE_TYPES } from "./instanceTypes";
import { allocatable, cores, gibibytes } from "../../../settings/quantities";
import { problem, type Problem } from "../../../settings/problems";
import type { Partially } from "../../../settings/values";
import type { IstioConfig } from "../../../components/istio/settings";
import type { ParsedModel } from "../../../components/serving/settings";
import type { ParsedMonitoring } from "../../../monitoring/settings";
import type { ParsedAws } from "./settings";

/** The part of the configuration that decides which nodes an environment needs. */
export type EksRulesConfigured = Partially<{
  aws: ParsedAws;
  istio: IstioConfig;
  models: ParsedModel[];
  monitoring: ParsedMonitoring;
}>;

/**
 * CPU cores and GiB of memory reserved on system nodes for DNS, controllers, gateway, endpoint pickers and monitoring.
 * Most of these use more than they request. Includes Prometheus with its defaults.
 */
const ALLOWANCE = { cpu: 4, memory: 10 };

/** What Prometheus requests by default: CPU cores and GiB of memory. Larger requests need more room. */
const PROMETHEUS = { cpu: 0.5, memory: 2 };

/** Sizes of a node group. */
interface Sizes {
  readonly minSize?: number | undefined;
  readonly maxSize?: number | undefined;
  readonly desiredSize?: number | undefined;
}

/** Checks that a node group's sizes are in order. */
export function* sizeRules(
  group: "systemNodes" | "gpuNodes",
  { minSize, maxSize, desiredSize }: Sizes,
): Iterable<Problem> {
  const at = (key: keyof Sizes) => ["aws", group, key];
  if (minSize !== undefined && maxSize !== undefined && minSize > maxSize) {
    yield problem(at("minSize"), `${minSize} is more than maxSize (${maxSize}); write at most ${maxSize}`);
    return;
  }
  if (desiredSize === undefined) return;
  if (minSize !== undefined && desiredSize < minSize) {
    yield problem(at("desiredSize"), `${desiredSize} is less than minSize (${minSize}); write at least ${minSize}`);
  }
  if (maxSize !== undefined && desiredSize > maxSize) {
    yield problem(at("desiredSize"), `${desiredSize} is more than maxSize (${maxSize}); write at most ${maxSize}`);
  }
}

/** Checks that the system pods fit the system nodes. */
export function* systemNodeRules({ istio, aws, monitoring }: EksRulesConfigured): Iterable<Problem> {
  const { instanceType, desiredSize, ...sizes } = aws?.systemNodes ?? {};
  yield* sizeRules("systemNodes", { desiredSize, ...sizes });
  const { replicas, resources } = istio?.pilot ?? {};
  const istiod = { cpu: cores(resources?.cpu), memory: gibibytes(resources?.memory) };
  if (instanceType === undefined || istiod.cpu === undefined || istiod.memory === undefined) return;
  const node = allocatable(SYSTEM_INSTANCE_TYPES[instanceType]);
  if (istiod.cpu > node.cpu || istiod.memory > node.memory) {
    yield problem(
      ["aws", "systemNodes", "instanceType"],
      `${instanceType} has no room for istiod, which requests ${resources?.cpu} CPU and ${resources?.memory} (istio.pilot.resources); write a larger type`,
    );
    return;
  }
  if (desiredSize === undefined || replicas === undefined) return;
  const prometheus = prometheusBeyondDefault(monitoring);
  const cpu = (istiod.cpu * replicas + ALLOWANCE.cpu + prometheus.cpu) / node.cpu;
  const memory = (istiod.memory * replicas + ALLOWANCE.memory + prometheus.memory) / node.memory;
  const needed = Math.ceil(Math.max(cpu, memory));
  if (desiredSize < needed) {
    yield problem(
      ["aws", "systemNodes", "desiredSize"],
      `${desiredSize} of ${instanceType} has no room for istiod, endpoint pickers, controllers and monitoring; write at least ${needed}, or a larger type`,
    );
  }
}

/** The requests of Prometheus that are not part of the allowance. */
function prometheusBeyondDefault(monitoring: EksRulesConfigured["monitoring"]): typeof PROMETHEUS {
  if (monitoring?.mode !== "stack") return { cpu: 0, memory: 0 };
  const { cpu, memory } = monitoring?.prometheus?.resources ?? {};
  return {
    cpu: Math.max(0, (cores(cpu) ?? 0) - PROMETHEUS.cpu),
    memory: Math.max(0, (gibibytes(memory) ?? 0) - PROMETHEUS.memory),
  };
}
