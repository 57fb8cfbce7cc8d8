import { GPU_RESOURCE } from "../naming";
import type { GpuState, NodeState, PolicyState } from "./gpuState";
import { operandReasons } from "./operandReasons";

/** Nodes that have to advertise GPUs. */
export interface GpuNodes {
  /** Name of the group in messages. */
  readonly name: string;
  /**
   * Labels of these nodes.
   *
   * @default nodes with an NVIDIA device
   */
  readonly selector?: Readonly<Record<string, string>>;
  /** Minimum of nodes; 0 where there may be none at the time. */
  readonly minimum: number;
  /**
   * Exact number of GPUs that each node advertises.
   *
   * @default at least one
   */
  readonly perNode?: number;
  /** Model of the GPUs, such as `A100-SXM4-40GB`. */
  readonly model?: string;
}

/** The state that models need before they can request GPUs. */
export interface GpuExpectation {
  /** Whether a ClusterPolicy must exist. One that exists must be ready in any case. */
  readonly policy: boolean;
  readonly nodes: readonly GpuNodes[];
}

/** The result of a judgement. */
export interface Verdict {
  /** Why GPUs are not ready; empty when they are. */
  readonly reasons: readonly string[];
  /** The nodes of each group, in the order of the expectation. */
  readonly found: readonly (readonly NodeState[])[];
}

/** Label of nodes with an NVIDIA device (vendor 10de) by Node Feature Discovery. The operator selects nodes by these. */
export const PCI_LABEL = "feature.node.kubernetes.io/pci-10de.present";
const PCI_LABELS = [
  PCI_LABEL,
  "feature.node.kubernetes.io/pci-0302_10de.present",
  "feature.node.kubernetes.io/pci-0300_10de.present",
];

/** Label of such nodes by the operator. */
const GPU_LABEL = "nvidia.com/gpu.present";

/** Judges a cluster's state; the reasons are messages for the user. */
export function judge(state: GpuState, expectation: GpuExpectation): Verdict {
  const found = expectation.nodes.map((group) => nodesOf(group, state.nodes));
  const anyNode = found.some((nodes) => nodes.length > 0) || expectation.nodes.some(({ minimum }) => minimum > 0);
  const policy = policyReasons(state.policies, expectation, anyNode);
  const nodes = expectation.nodes.flatMap((group, index) => groupReasons(group, found[index] ?? []));
  // Operands explain a policy or node that is not ready; by themselves they are no reason.
  const operands = policy.length + nodes.length > 0 ? operandReasons(state.operands) : [];
  return { reasons: [...policy, ...operands, ...nodes], found };
}

/** GPUs that a node advertises: whole ones, shares and slices. */
export function advertised({ allocatable }: NodeState): number {
  return Object.entries(allocatable)
    .filter(([resource]) => resource === GPU_RESOURCE || resource.startsWith("nvidia.com/mig-"))
    .reduce((sum, [, count]) => sum + Number(count), 0);
}

function nodesOf({ selector }: GpuNodes, nodes: readonly NodeState[]): readonly NodeState[] {
  if (selector === undefined) {
    return nodes.filter((node) => hasDevice(node) || node.labels[GPU_LABEL] === "true" || advertised(node) > 0);
  }
  return nodes.filter(({ labels }) => Object.entries(selector).every(([key, value]) => labels[key] === value));
}

function hasDevice({ labels }: NodeState): boolean {
  return PCI_LABELS.some((label) => labels[label] === "true");
}

function policyReasons(
  policies: readonly PolicyState[] | undefined,
  expectation: GpuExpectation,
  anyNode: boolean,
): string[] {
  if (policies === undefined || policies.length === 0) {
    return expectation.policy
      ? [policies === undefined ? "the kind ClusterPolicy is not installed" : "there is no ClusterPolicy"]
      : [];
  }
  // The operator uses one of several, and marks the others as ignored.
  return policies
    .filter(({ state }) => state !== "ignored")
    .flatMap(({ name, state, conditions }) => {
      const failed = conditions.find(({ type, status }) => type === "Error" && status === "True");
      if (state === undefined) return [`ClusterPolicy ${name} has no state: no GPU Operator has looked at it`];
      if (state !== "ready") return [`ClusterPolicy ${name} is ${state}${said(failed?.message)}`];
      // An operator without any work reports ready.
      const idle = `missing NFD label: ClusterPolicy ${name} is ready for nothing, because no node has`;
      const ready = conditions.find(({ type, status }) => type === "Ready" && status === "True");
      if (anyNode && ready?.reason === "NFDLabelsMissing") {
        return [`${idle} labels of Node Feature Discovery`];
      }
      return anyNode && ready?.reason === "NoGPUNodes" ? [`${idle} the label ${PCI_LABEL}=true`] : [];
    });
}

function said(message: string | undefined): string {
  return message === undefined || message === "" ? "" : `: ${message}`;
}

function groupReasons(group: GpuNodes, nodes: readonly NodeState[]): string[] {
  const { name, minimum, perNode } = group;
  const reasons =
    nodes.length < minimum
      ? [
          nodes.length === 0 && group.selector === undefined
            ? `no node is known to have an NVIDIA device (label ${PCI_LABEL}=true) or advertises ${GPU_RESOURCE}`
            : `${nodes.length} of ${minimum} ${name} are there`,
        ]
      : [];
  for (const node of nodes) {
    const count = advertised(node);
    if (!node.ready) reasons.push(`node ${node.name} is not Ready`);
    if (perNode === undefined ? count > 0 : count === perNode) continue;
    const what =
      perNode === undefined ? `advertises no ${GPU_RESOURCE}` : `advertises ${count} of ${perNode} ${GPU_RESOURCE}`;
    const label =
      hasDevice(node) || count > 0
        ? ""
        : `; missing NFD label: it has no ${PCI_LABEL}=true, so Node Feature Discovery has not seen an NVIDIA device there`;
    reasons.push(`node ${node.name} ${what}${label}`);
  }
  return reasons;
}
