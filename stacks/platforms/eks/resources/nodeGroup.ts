import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { NODE_GROUP_LABEL, nodeTemplate } from "./nodeTemplate";
import { serviceRole } from "./serviceRole";

/** Sizes of a node group. */
interface NodeGroupSizes {
  readonly minSize: number;
  readonly maxSize: number;
  readonly desiredSize: number;
}

/** Arguments of every node group. */
export interface CommonNodeArgs extends NodeGroupSizes {
  readonly region: string;
  readonly clusterName: pulumi.Input<string>;
  /** Release of the AMI, such as `1.33.5-20251112`. It includes the Kubernetes version. */
  readonly amiRelease: string;
  /** Private subnets. */
  readonly subnetIds: pulumi.Input<string>[];
  readonly instanceType: string;
  /** Size of the root volume, in GiB. */
  readonly diskGiB: number;
  /** Tags of instances, volumes, network interfaces and the Auto Scaling group. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What differs between kinds of nodes. */
interface NodeKind {
  /** Value of the label `NODE_GROUP_LABEL`. */
  readonly kind: "system" | "gpu";
  /** More inputs of the launch template. */
  readonly template?: Partial<aws.ec2.LaunchTemplateArgs>;
  /** More inputs of the node group; they win over the common ones. */
  readonly group: Pick<aws.eks.NodeGroupArgs, "amiType"> & Partial<aws.eks.NodeGroupArgs>;
  /**
   * Resources that the nodes need until the last node is gone, besides the rights of their role.
   *
   * @default none
   */
  readonly needs?: pulumi.Resource[];
  /**
   * Whether something else owns the number of nodes.
   *
   * @default false
   */
  readonly ignoreDesiredSize?: boolean;
}

/** Rights of nodes: join the cluster and hand out pod identities, pull images, and accept sessions of Session Manager. */
const NODE_POLICIES = [
  "AmazonEKSWorkerNodePolicy",
  "AmazonEC2ContainerRegistryPullOnly",
  "AmazonSSMManagedInstanceCore",
];

/** Time limits of a node group. Nodes are drained one by one. */
const NODE_GROUP_TIMEOUTS = { create: "60m", update: "120m", delete: "60m" };

/**
 * Makes a managed node group with its role and its launch template.
 *
 * @param child Makes the options of a child of the component; the child also waits for the given resources.
 * @returns The node group, and the name of the Auto Scaling group that EKS made for it.
 */
export function nodeGroup(
  name: string,
  args: CommonNodeArgs,
  { kind, template, group, needs = [], ignoreDesiredSize = false }: NodeKind,
  child: (...more: pulumi.Resource[]) => pulumi.CustomResourceOptions,
): { readonly group: aws.eks.NodeGroup; readonly scalingGroup: pulumi.Output<string> } {
  const { minSize, maxSize, desiredSize, tags } = args;
  const { role, ready } = serviceRole(
    `${name}-node`,
    { region: args.region, service: "ec2.amazonaws.com", managedPolicies: NODE_POLICIES },
    child(),
  );
  const launchTemplate = new aws.ec2.LaunchTemplate(
    name,
    {
      name,
      updateDefaultVersion: true,
      // Here and not in the node group: capacity blocks require it, and it changes together with the interfaces.
      instanceType: args.instanceType,
      ...nodeTemplate({ diskGiB: args.diskGiB, instanceName: name, tags }),
      ...template,
    },
    child(),
  );
  const made = new aws.eks.NodeGroup(
    name,
    {
      clusterName: args.clusterName,
      nodeGroupName: name,
      nodeRoleArn: role.arn,
      subnetIds: args.subnetIds,
      releaseVersion: args.amiRelease,
      launchTemplate: { id: launchTemplate.id, version: launchTemplate.latestVersion.apply(String) },
      scalingConfig: { minSize, maxSize, desiredSize },
      updateConfig: { maxUnavailable: 1 },
      nodeRepairConfig: { enabled: true },
      labels: { [NODE_GROUP_LABEL]: kind },
      ...group,
    },
    {
      ...child(...ready, ...needs),
      // Both groups would have the same name, and together need twice the instances.
      deleteBeforeReplace: true,
      customTimeouts: NODE_GROUP_TIMEOUTS,
      ...(ignoreDesiredSize ? { ignoreChanges: ["scalingConfig.desiredSize"] } : {}),
    },
  );
  const scalingGroup = made.resources.apply((resources) => {
    const found = resources[0]?.autoscalingGroups?.[0]?.name;
    if (found === undefined) throw new Error(`node group ${name} has no autoscaling group`);
    return found;
  });
  // EKS makes the Auto Scaling group without our tags. Instances get theirs from the launch template.
  for (const [key, value] of Object.entries(tags)) {
    new aws.autoscaling.Tag(
      `${name}-${key}`,
      { autoscalingGroupName: scalingGroup, tag: { key, value, propagateAtLaunch: false } },
      child(),
    );
  }
  return { group: made, scalingGroup };
}

/**
 * Refuses bad arguments of a node group.
 *
 * @param problems Problems found so far.
 * @throws InputPropertiesError with all problems and the path of each
 */
export function checkNodes(
  what: string,
  { minSize, maxSize, desiredSize }: NodeGroupSizes,
  problems: readonly pulumi.InputPropertyErrorDetails[] = [],
): void {
  const errors = [...problems];
  if (minSize > desiredSize || desiredSize > maxSize) {
    const reason = `${minSize} <= ${desiredSize} <= ${maxSize} does not hold (minSize <= desiredSize <= maxSize)`;
    errors.push({ propertyPath: "desiredSize", reason });
  }
  if (errors.length === 0) return;
  const list = errors.map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`).join("; ");
  throw new pulumi.InputPropertiesError({ message: `${what}: ${list}`, errors });
}
