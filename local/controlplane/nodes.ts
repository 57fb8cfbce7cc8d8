import type { V1Node } from "@kubernetes/client-node";

/** The NVIDIA GPUs of a simulated node. */
export interface GpuHardware {
  /** The name that nvidia-smi shows. */
  readonly product: string;
  readonly count: number;
  /** Of one GPU, in MiB. */
  readonly memoryMiB: number;
  /** Compute capability, `8.0`. */
  readonly computeCapability: string;
  /** Whether it supports MIG (Multi-Instance GPU). */
  readonly migCapable: boolean;
}

/** Holds a node's GPUs, as its PCI bus would. Kubernetes knows only what the simulated GPU Operator advertises. */
const HARDWARE_ANNOTATION = "llmd.local/gpus";

/** The GPUs of a simulated node; undefined for a node without GPUs. */
export function hardwareOf(node: V1Node | undefined): GpuHardware | undefined {
  const text = node?.metadata?.annotations?.[HARDWARE_ANNOTATION];
  return text === undefined ? undefined : (JSON.parse(text) as GpuHardware);
}

/** A node that KWOK simulates. */
export interface NodeShape {
  readonly name: string;
  readonly instanceType: string;
  readonly role: "system" | "gpu";
  readonly capacity: Record<string, string>;
  readonly allocatable: Record<string, string>;
  /** Its GPUs. They are not in the capacity: a kubelet learns of them from the device plugin. */
  readonly gpus?: GpuHardware;
}

const ZONE = "us-east-1a";

/**
 * A p4d.24xlarge on EKS: 96 vCPU, 1,152 GiB, four EFA interfaces, eight A100-SXM4-40GB (AWS instance type specification).
 * Allocatable is the capacity without the kubelet's reservations for 737 pods.
 */
function p4d24xlarge(name: string): NodeShape {
  return {
    name,
    instanceType: "p4d.24xlarge",
    role: "gpu",
    capacity: {
      cpu: "96",
      memory: "1152Gi",
      "ephemeral-storage": "7600Gi",
      pods: "737",
      "vpc.amazonaws.com/efa": "4",
    },
    allocatable: {
      cpu: "95690m",
      memory: "1140Gi",
      "ephemeral-storage": "7000Gi",
      pods: "737",
      "vpc.amazonaws.com/efa": "4",
    },
    gpus: {
      product: "NVIDIA A100-SXM4-40GB",
      count: 8,
      memoryMiB: 40_960,
      computeCapability: "8.0",
      migCapable: true,
    },
  };
}

/** An m6i.2xlarge, 8 vCPU and 32 GiB: for istiod, the endpoint picker and the gateway. */
function m6i2xlarge(name: string): NodeShape {
  return {
    name,
    instanceType: "m6i.2xlarge",
    role: "system",
    capacity: { cpu: "8", memory: "32Gi", "ephemeral-storage": "80Gi", pods: "58" },
    allocatable: { cpu: "7910m", memory: "30Gi", "ephemeral-storage": "72Gi", pods: "58" },
  };
}

/** The nodes of the embedded environment: two for GPU pods and two for system pods. */
export const NODES: readonly NodeShape[] = [
  p4d24xlarge("gpu-0"),
  p4d24xlarge("gpu-1"),
  m6i2xlarge("system-0"),
  m6i2xlarge("system-1"),
];

/** The Node object that a kubelet would register. */
export function nodeManifest(shape: NodeShape, version: string): V1Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: shape.name,
      // KWOK manages only nodes with this annotation.
      annotations: {
        "kwok.x-k8s.io/node": "fake",
        ...(shape.gpus === undefined ? {} : { [HARDWARE_ANNOTATION]: JSON.stringify(shape.gpus) }),
      },
      labels: {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": shape.name,
        "node.kubernetes.io/instance-type": shape.instanceType,
        "topology.kubernetes.io/region": ZONE.slice(0, -1),
        "topology.kubernetes.io/zone": ZONE,
        "llm-d.ai/node-group": shape.role,
      },
    },
    spec: {
      providerID: `aws:///${ZONE}/${shape.name}`,
      ...(shape.role === "gpu" ? { taints: [{ key: "nvidia.com/gpu", value: "true", effect: "NoSchedule" }] } : {}),
    },
    status: {
      capacity: shape.capacity,
      allocatable: shape.allocatable,
      nodeInfo: {
        architecture: "amd64",
        bootID: "",
        containerRuntimeVersion: "embedded",
        kernelVersion: "",
        kubeProxyVersion: "",
        kubeletVersion: version,
        machineID: "",
        operatingSystem: "linux",
        osImage: "embedded environment (no machine)",
        systemUUID: "",
      },
    },
  };
}
