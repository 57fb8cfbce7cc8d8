import { TOOL_NAMES, type ToolName } from "./tools";

/** The programs that run Pulumi on a stack with Kubernetes resources. */
const ENGINE = ["pulumi", "pulumi-resource-kubernetes"] as const;

/** The programs that each use of the toolchain runs. Who asks for the toolchain names its uses; only those are built. */
const PROGRAMS_OF_USES = {
  /** An embedded environment with the settings of Pulumi.local.yaml. */
  environment: [
    ...ENGINE,
    ...["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "pod-sandbox"],
    ...["pilot-discovery", "pilot-agent", "envoy", "epp", "llm-d-inference-sim"],
    ...["prometheus-operator", "prometheus-config-reloader", "prometheus", "kube-state-metrics"],
  ],
  /** An embedded environment, if one of its models scales. */
  autoscaling: ["keda", "keda-metrics-apiserver"],
  /** A stack without a cluster of its own. */
  engine: ENGINE,
  /** The check of recording rules and alerts. */
  rules: ["promtool"],
  /** The charts and CRDs, which are there with any use. */
  charts: [],
} as const satisfies Record<string, readonly ToolName[]>;

/** What a command or test needs the toolchain for. */
export type Use = keyof typeof PROGRAMS_OF_USES;

/** Every use: what `make tools` and `make test` build. */
export const ALL_USES = Object.keys(PROGRAMS_OF_USES) as Use[];

/** The programs of some uses, in build order. */
export function toolsFor(uses: readonly Use[]): ToolName[] {
  const wanted = new Set<ToolName>(uses.flatMap((use) => PROGRAMS_OF_USES[use]));
  return TOOL_NAMES.filter((name) => wanted.has(name));
}
