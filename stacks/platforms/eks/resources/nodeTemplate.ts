/** Settings that the launch templates of all nodes share, each as the provider takes it. */
export interface NodeTemplateArgs {
  /** Root volume, in GiB. */
  readonly diskGiB: number;
  /** Name of the instances. */
  readonly instanceName: string;
  /** Tags of what is launched; EKS and the provider's default tags do not reach it. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What EC2 makes from a launch template and has to be tagged by it. */
const LAUNCHED = ["instance", "volume", "network-interface"] as const;

/** Root device of Amazon Linux 2023. */
const ROOT_DEVICE = "/dev/xvda";

/** An encrypted root volume, instance metadata that pods cannot reach, and tags. No key pair: SSM is the way in. */
export function nodeTemplate({ diskGiB, instanceName, tags }: NodeTemplateArgs) {
  return {
    blockDeviceMappings: [
      {
        deviceName: ROOT_DEVICE,
        ebs: { volumeType: "gp3", volumeSize: diskGiB, encrypted: "true", deleteOnTermination: "true" },
      },
    ],
    metadataOptions: {
      httpEndpoint: "enabled",
      httpTokens: "required",
      // One hop: answers do not get into pods, so that none can take on the node's role. Everything that needs rights in
      // AWS has Pod Identity, and is told region and VPC where it would look them up.
      httpPutResponseHopLimit: 1,
    },
    tagSpecifications: LAUNCHED.map((resourceType) => ({ resourceType, tags: { ...tags, Name: instanceName } })),
  };
}

/** What nodes may do: join the cluster and hand out pod identities, pull images, be reached by Session Manager. */
export const NODE_POLICIES: readonly string[] = [
  "AmazonEKSWorkerNodePolicy",
  "AmazonEC2ContainerRegistryPullOnly",
  "AmazonSSMManagedInstanceCore",
];

/** Label that says what kind of node it is: `system` or `gpu`. */
export const NODE_GROUP_LABEL = "llm-d.ai/node-group";

/** The device that GPU nodes are tainted by, and that pods ask for. */
export const GPU_RESOURCE = "nvidia.com/gpu";

/** How long making, changing or deleting a node group may take. Nodes are drained one by one. */
export const NODE_GROUP_TIMEOUTS = { create: "60m", update: "120m", delete: "60m" };
