/** Labels and resources that Node Feature Discovery, the GPU Operator and its operands write to a node. Pure functions. */
import type { GpuHardware } from "../controlplane/nodes";
import { type ClusterPolicy, OPERANDS } from "./gpuOperands";

export const GPU_RESOURCE = "nvidia.com/gpu";

/** Node Feature Discovery lists its own labels in this annotation. */
export const NFD_ANNOTATION = "nfd.node.kubernetes.io/feature-labels";

/** Labels for PCI vendor 10de (NVIDIA). The operator finds GPU nodes by them. */
const PCI_LABELS = ["pci-10de", "pci-0302_10de", "pci-0300_10de"].map(
  (device) => `feature.node.kubernetes.io/${device}.present`,
);

/** Whether the operator treats a node as a GPU node. */
export function isGpuNode(labels: Readonly<Record<string, string>> | undefined): boolean {
  return PCI_LABELS.some((label) => labels?.[label] === "true");
}

/** The labels of Node Feature Discovery that the operator or the program reads. */
export function featureLabels(hasDevice: boolean, kernelVersion: string): Record<string, string> {
  return {
    ...(kernelVersion === "" ? {} : { "feature.node.kubernetes.io/kernel-version.full": kernelVersion }),
    ...(hasDevice ? { "feature.node.kubernetes.io/pci-10de.present": "true" } : {}),
  };
}

/** Labels that the operator sets on a GPU node. Only GPUs that support MIG get the MIG manager. */
export function operatorLabels(hardware: GpuHardware): Record<string, string> {
  const deployed = OPERANDS.map(({ deploy }) => deploy).filter((name) => name !== "mig-manager" || hardware.migCapable);
  return {
    "nvidia.com/gpu.present": "true",
    ...Object.fromEntries(deployed.map((name) => [`nvidia.com/gpu.deploy.${name}`, "true"])),
  };
}

/** MIG instances of one A100-SXM4-40GB, by profile. */
const SLICES: Readonly<Record<string, number>> = { "1g.5gb": 7, "2g.10gb": 3, "3g.20gb": 2, "7g.40gb": 1 };

/** MIG and time-slicing settings. */
export interface Sharing {
  /** Pods that share one GPU by time-slicing. */
  readonly replicas: number;
  /** MIG profile of all instances; undefined without MIG. */
  readonly profile?: string;
}

/** The sharing that a policy asks for. */
export function sharingOf({ spec }: ClusterPolicy, replicas: number): Sharing {
  const layout = spec.migManager?.enabled === true ? spec.migManager.config?.default : undefined;
  const profile = spec.mig?.strategy === "single" ? layout?.replace(/^all-/, "") : undefined;
  return { replicas, ...(profile === undefined || SLICES[profile] === undefined ? {} : { profile }) };
}

/** The number of `nvidia.com/gpu` that the device plugin advertises. */
export function advertisedGpus({ count }: GpuHardware, { replicas, profile }: Sharing): number {
  return count * replicas * (profile === undefined ? 1 : (SLICES[profile] ?? 1));
}

/** Labels of GPU Feature Discovery. */
export function productLabels(hardware: GpuHardware, { replicas, profile }: Sharing): Record<string, string> {
  const [major = "", minor = ""] = hardware.computeCapability.split(".");
  const suffix = `${profile === undefined ? "" : `-MIG-${profile}`}${replicas > 1 ? "-SHARED" : ""}`;
  return {
    "nvidia.com/gpu.product": `${hardware.product.replaceAll(" ", "-")}${suffix}`,
    "nvidia.com/gpu.count": String(hardware.count),
    "nvidia.com/gpu.replicas": String(replicas),
    "nvidia.com/gpu.memory": String(hardware.memoryMiB),
    "nvidia.com/gpu.compute.major": major,
    "nvidia.com/gpu.compute.minor": minor,
    "nvidia.com/mig.capable": String(hardware.migCapable),
  };
}

/**
 * A merge patch for labels: null removes an owned label that is not wanted. Undefined when nothing changes.
 *
 * @param owned Whether the simulator may remove a label.
 */
export function labelPatch(
  found: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
  owned: (label: string) => boolean,
): Record<string, string | null> | undefined {
  const set = Object.entries(wanted).filter(([label, value]) => found[label] !== value);
  const gone = Object.keys(found).filter((label) => owned(label) && !(label in wanted));
  if (set.length + gone.length === 0) return undefined;
  return { ...Object.fromEntries(set), ...Object.fromEntries(gone.map((label) => [label, null])) };
}
