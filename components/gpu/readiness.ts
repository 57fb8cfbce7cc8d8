import { GPU_RESOURCE } from "../naming";
import type { GpuState, NodeState, PolicyState } from "./gpuState";
import { operandReasons } from "./operandReasons";

/** Nodes that have to advertise GPUs. */
export interface GpuNodes {
  /** What a message calls them. */
  readonly name: string;
  /** Labels of these nodes; left out: those that are found to have an NVIDIA device. */
  readonly selector?: Readonly<Record<string, string>>;
  /** Fewest nodes; 0 where there may be none at the time. */
  readonly minimum: number;
  /** What each advertises, exactly; left out: at least one. */
  readonly perNode?: number;
  /** Model of the GPUs, such as `A100-SXM4-40GB`. */
  readonly model?: string;
}

/** What has to hold before a model can have its GPUs. */
export interface GpuExpectation {
  /** Whether a ClusterPolicy has to be there; one that is there has to be ready in any case. */
  readonly policy: boolean;
  readonly nodes: readonly GpuNodes[];
}

/** What was found. */
export interface Verdict {
  /** What keeps GPUs from being ready; empty when nothing does. */
  readonly reasons: readonly string[];
  /** The nodes of each group, in the order of the expectation. */
  readonly found: readonly (readonly NodeState[])[];
}

/** Label of nodes with an NVIDIA device (vendor 10de), set by Node Feature Discovery. The operator goes by these. */
export const PCI_LABEL = "feature.node.kubernetes.io/pci-10de.present";
const PCI_LABELS = [
  PCI_LABEL,
  "feature.node.kubernetes.io/pci-0302_10de.present",
  "feature.node.kubernetes.io/pci-0300_10de.present",
];

/** Label that the operator gives such nodes. */
const GPU_LABEL = "nvidia.com/gpu.present";

/** Judges a cluster's state; the reasons are what a person is told. */
export function judge(state: GpuState, expectation: GpuExpectation): Verdict {
  const found = expectation.nodes.map((group) => nodesOf(group, state.nodes));
  const anyNode = found.some((nodes) => nodes.length > 0) || expectation.nodes.some(({ minimum }) => minimum > 0);
  const policy = policyReasons(state.policies, expectation, anyNode);
  const nodes = expectation.nodes.flatMap((group, index) => groupReasons(group, found[index] ?? []));
  // Operands say why a policy is not ready or a node advertises nothing; alone they keep nothing from working.
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
  // Of several, the operator takes one and marks the others.
  return policies
    .filter(({ state }) => state !== "ignored")
    .flatMap(({ name, state, conditions }) => {
      const failed = conditions.find(({ type, status }) => type === "Error" && status === "True");
      if (state === undefined) return [`ClusterPolicy ${name} has no state: no GPU Operator has looked at it`];
      if (state !== "ready") return [`ClusterPolicy ${name} is ${state}${said(failed?.message)}`];
      // An operator that finds nothing to do calls that ready.
      const ready = conditions.find(({ type, status }) => type === "Ready" && status === "True");
      if (anyNode && ready?.reason === "NFDLabelsMissing") {
        return [
          `missing NFD label: ClusterPolicy ${name} is ready for nothing, because no node has labels of Node Feature Discovery`,
        ];
      }
      return anyNode && ready?.reason === "NoGPUNodes"
        ? [
            `missing NFD label: ClusterPolicy ${name} is ready for nothing, because no node has the label ${PCI_LABEL}=true`,
          ]
        : [];
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
