import { stringify } from "yaml";

/** What differs from what the AMI does by itself. */
export interface NodeUserDataArgs {
  /** Whether the instance has NVMe disks of its own. */
  readonly instanceStore: boolean;
  /** Pods that the instance's network interfaces have addresses for. */
  readonly maxPods: number;
}

/**
 * Most pods of a node, whatever its network could do; the bound that EKS recommends for large instances:
 * https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html. kubelet reserves memory for each.
 */
export const MAX_PODS = 250;

const BOUNDARY = "llm-d-node-config";

/**
 * User data of an AL2023 node, for nodeadm. EKS adds a part of its own that joins the node to the cluster; nodeadm merges
 * them. See https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/.
 */
export function nodeUserData({ instanceStore, maxPods }: NodeUserDataArgs): string {
  const config = {
    apiVersion: "node.eks.aws/v1alpha1",
    kind: "NodeConfig",
    spec: {
      // One file system over all NVMe disks, below containerd and kubelet: images and emptyDir volumes (the weights of
      // models) are then on it, and the root volume can stay small.
      ...(instanceStore ? { instance: { localStorage: { strategy: "RAID0" } } } : {}),
      kubelet: { config: { maxPods: Math.min(maxPods, MAX_PODS) } },
    },
  };
  return [
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
    "",
    `--${BOUNDARY}`,
    "Content-Type: application/node.eks.aws",
    "",
    "---",
    stringify(config).trimEnd(),
    "",
    `--${BOUNDARY}--`,
    "",
  ].join("\n");
}

/** The form that a launch template takes user data in. */
export function encodeUserData(userData: string): string {
  return Buffer.from(userData, "utf8").toString("base64");
}
