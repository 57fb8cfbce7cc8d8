import { stringify } from "yaml";
import type { GpuInstanceFacts } from "./capacity";

/** Label with the kind of a node: `system` or `gpu`. */
export const NODE_GROUP_LABEL = "llm-d.ai/node-group";

/** The extended resource of a GPU: pods request it, and GPU nodes carry a taint of this name. */
export const GPU_RESOURCE = "nvidia.com/gpu";

/** Arguments of the launch template of a node group. */
interface NodeTemplateArgs {
  /** Size of the root volume, in GiB. */
  readonly diskGiB: number;
  /** Name of the instances. */
  readonly instanceName: string;
  /** Tags of what the template launches; neither EKS nor the provider's default tags reach it. */
  readonly tags: Readonly<Record<string, string>>;
}

/** An encrypted root volume, instance metadata out of reach of pods, and tags. No key pair: SSM gives access. */
export function nodeTemplate({ diskGiB, instanceName, tags }: NodeTemplateArgs) {
  return {
    blockDeviceMappings: [
      {
        // Root device of Amazon Linux 2023.
        deviceName: "/dev/xvda",
        ebs: { volumeType: "gp3", volumeSize: diskGiB, encrypted: "true", deleteOnTermination: "true" },
      },
    ],
    metadataOptions: {
      httpEndpoint: "enabled",
      httpTokens: "required",
      // With one hop, answers do not reach pods. So no pod can use the node's role. Pods that need rights in AWS have Pod
      // Identity, and get region and VPC as settings.
      httpPutResponseHopLimit: 1,
    },
    tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
      resourceType,
      tags: { ...tags, Name: instanceName },
    })),
  };
}

/**
 * Largest number of pods of a node. kubelet reserves memory for each, and EKS recommends this limit for large instances.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html
 */
export const MAX_PODS = 250;

const BOUNDARY = "llm-d-node-config";

/**
 * User data of an AL2023 node, for nodeadm. EKS adds a part that joins the node to the cluster; nodeadm merges both.
 *
 * @see https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/
 */
export function nodeUserData({ instanceStore, maxPods }: Pick<GpuInstanceFacts, "instanceStore" | "maxPods">): string {
  const config = {
    apiVersion: "node.eks.aws/v1alpha1",
    kind: "NodeConfig",
    spec: {
      // One file system over all NVMe disks, for containerd and kubelet. It holds images and emptyDir volumes (the weights
      // of models), so the root volume can stay small.
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

/** Encodes user data as a launch template takes it. */
export function encodeUserData(userData: string): string {
  return Buffer.from(userData, "utf8").toString("base64");
}
