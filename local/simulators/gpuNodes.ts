/** What Node Feature Discovery, the GPU Operator and its operands would write to a node: pure functions. */
import type { GpuHardware } from "../controlplane/hardware";
import { type ClusterPolicy, OPERANDS } from "./gpuOperands";

export const GPU_RESOURCE = "nvidia.com/gpu";

/** Where Node Feature Discovery notes which labels are its own. */
export const NFD_ANNOTATION = "nfd.node.kubernetes.io/feature-labels";

/** Labels of vendor 10de, by which the operator finds nodes. */
const PCI_LABELS = ["pci-10de", "pci-0302_10de", "pci-0300_10de"].map(
  (device) => `feature.node.kubernetes.io/${device}.present`,
);

/** Whether the operator takes a node for one with GPUs. */
export function isGpuNode(labels: Readonly<Record<string, string>> | undefined): boolean {
  return PCI_LABELS.some((label) => labels?.[label] === "true");
}

/** Labels of Node Feature Discovery that matter here. */
export function featureLabels(hasDevice: boolean, kernelVersion: string): Record<string, string> {
  return {
    ...(kernelVersion === "" ? {} : { "feature.node.kubernetes.io/kernel-version.full": kernelVersion }),
    ...(hasDevice ? { "feature.node.kubernetes.io/pci-10de.present": "true" } : {}),
  };
}

/** Labels that the operator gives a node with GPUs; the MIG manager goes to those that can be divided. */
export function operatorLabels(hardware: GpuHardware): Record<string, string> {
  const deployed = OPERANDS.map(({ deploy }) => deploy).filter((name) => name !== "mig-manager" || hardware.migCapable);
  return {
    "nvidia.com/gpu.present": "true",
    ...Object.fromEntries(deployed.map((name) => [`nvidia.com/gpu.deploy.${name}`, "true"])),
  };
}

/** Slices that one A100-SXM4-40GB is divided into, by the profile of a layout. */
const SLICES: Readonly<Record<string, number>> = { "1g.5gb": 7, "2g.10gb": 3, "3g.20gb": 2, "7g.40gb": 1 };

/** How GPUs are divided and shared. */
export interface Sharing {
  /** Pods that share one GPU. */
  readonly replicas: number;
  /** Profile of all slices; undefined for whole GPUs. */
  readonly profile?: string;
}

/** How a policy divides GPUs. */
export function sharingOf({ spec }: ClusterPolicy, replicas: number): Sharing {
  const layout = spec.migManager?.enabled === true ? spec.migManager.config?.default : undefined;
  const profile = spec.mig?.strategy === "single" ? layout?.replace(/^all-/, "") : undefined;
  return { replicas, ...(profile === undefined || SLICES[profile] === undefined ? {} : { profile }) };
}

/** What the device plugin advertises of a node. */
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

/** A merge patch from some labels to others: new values, and null for what goes. Undefined when nothing changes. */
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
