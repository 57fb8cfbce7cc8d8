import type { V1Node } from "@kubernetes/client-node";

/** The NVIDIA GPUs that a played node would have. */
export interface GpuHardware {
  /** As nvidia-smi names it. */
  readonly product: string;
  readonly count: number;
  /** Of one GPU, in MiB. */
  readonly memoryMiB: number;
  /** Compute capability, `8.0`. */
  readonly computeCapability: string;
  /** Whether it can be divided (Multi-Instance GPU). */
  readonly migCapable: boolean;
}

/**
 * The annotation of a played node that says what is in the machine. It is what a PCI bus would tell whoever runs there;
 * Kubernetes learns of it only from what the played GPU Operator advertises.
 */
export const HARDWARE_ANNOTATION = "llmd.local/gpus";

/** What a played node has, undefined for one without GPUs. */
export function hardwareOf(node: V1Node | undefined): GpuHardware | undefined {
  const text = node?.metadata?.annotations?.[HARDWARE_ANNOTATION];
  return text === undefined ? undefined : (JSON.parse(text) as GpuHardware);
}
