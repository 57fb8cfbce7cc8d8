import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { NODE_GROUP_LABEL, NODE_GROUP_TIMEOUTS, NODE_POLICIES, nodeTemplate } from "./nodeTemplate";
import { serviceRole } from "./serviceRole";
import { scalingGroupName, tagScalingGroup } from "./tagging";

/** How many nodes a group may have, and has. */
export interface NodeGroupSizes {
  readonly minSize: number;
  readonly maxSize: number;
  readonly desiredSize: number;
}

/** What all node groups are told. */
export interface CommonNodeArgs extends NodeGroupSizes {
  readonly region: string;
  readonly clusterName: pulumi.Input<string>;
  /** Release of the AMI, such as `1.33.5-20251112`. It says the Kubernetes version too. */
  readonly amiRelease: string;
  /** Private subnets. */
  readonly subnetIds: pulumi.Input<string>[];
  readonly instanceType: string;
  /** Root volume, in GiB. */
  readonly diskGiB: number;
  /** Tags of instances, volumes, network interfaces and the Auto Scaling group. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What differs between kinds of nodes. */
export interface NodeKind {
  /** Value of the label that says what kind of nodes they are. */
  readonly kind: "system" | "gpu";
  /** What the launch template has beside what all have. */
  readonly template?: Partial<aws.ec2.LaunchTemplateArgs>;
  /** What the group has beside what all have; what both name is taken from here. */
  readonly group: Pick<aws.eks.NodeGroupArgs, "amiType"> & Partial<aws.eks.NodeGroupArgs>;
  /** What the nodes need beside their role's rights, until the last one is gone. */
  readonly needs?: pulumi.Resource[];
  /** Whether something else owns the number of nodes. */
  readonly ignoreDesiredSize?: boolean;
}

/** A node group that was made. */
export interface MadeNodeGroup {
  readonly group: aws.eks.NodeGroup;
  /** Name of the Auto Scaling group that EKS made for it. */
  readonly scalingGroup: pulumi.Output<string>;
}

/**
 * Makes a managed node group with its role and its launch template.
 *
 * @param child Options of the component that the group is part of, with more to wait for.
 */
export function nodeGroup(
  name: string,
  args: CommonNodeArgs,
  { kind, template, group, needs = [], ignoreDesiredSize = false }: NodeKind,
  child: (...more: pulumi.Resource[]) => pulumi.CustomResourceOptions,
): MadeNodeGroup {
  const { minSize, maxSize, desiredSize } = args;
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
      // Here and not in the node group: a capacity block wants it so, and it changes together with the interfaces.
      instanceType: args.instanceType,
      ...nodeTemplate({ diskGiB: args.diskGiB, instanceName: name, tags: args.tags }),
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
      // A second group beside the old one would need its instances twice; and the name is fixed.
      deleteBeforeReplace: true,
      customTimeouts: NODE_GROUP_TIMEOUTS,
      ...(ignoreDesiredSize ? { ignoreChanges: ["scalingConfig.desiredSize"] } : {}),
    },
  );
  const scalingGroup = scalingGroupName(name, made);
  tagScalingGroup(name, scalingGroup, args.tags, child());
  return { group: made, scalingGroup };
}
