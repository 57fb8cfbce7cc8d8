import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { NODE_GROUP_LABEL, NODE_GROUP_TIMEOUTS, NODE_POLICIES, nodeTemplate } from "./nodeTemplate";
import { serviceRole } from "./serviceRole";

/** Arguments of the system nodes. */
export interface SystemNodesArgs {
  readonly clusterName: pulumi.Input<string>;
  /** Release of the AMI, such as `1.33.5-20251112`. It says the Kubernetes version too. */
  readonly amiRelease: string;
  readonly subnetIds: pulumi.Input<string>[];
  readonly instanceType: string;
  readonly minSize: number;
  readonly maxSize: number;
  readonly desiredSize: number;
  /** Root volume, in GiB. */
  readonly diskGiB: number;
  /** Tags of instances, volumes and network interfaces. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Nodes for istiod, gateways, endpoint pickers, controllers and monitoring: everything but model servers. */
export class SystemNodes extends pulumi.ComponentResource {
  readonly nodeGroupName: pulumi.Output<string>;

  constructor(name: string, args: SystemNodesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { minSize, maxSize, desiredSize } = args;
    if (minSize > desiredSize || desiredSize > maxSize) {
      throw new Error(`system nodes: ${minSize} <= ${desiredSize} <= ${maxSize} does not hold`);
    }
    super("llmd:aws:SystemNodes", name, {}, opts);
    const child = (...more: pulumi.Resource[]) => childOptions(this, opts, more);

    const { role, ready } = serviceRole(
      `${name}-node`,
      { service: "ec2.amazonaws.com", managedPolicies: NODE_POLICIES },
      child(),
    );
    const template = new aws.ec2.LaunchTemplate(
      name,
      {
        name,
        updateDefaultVersion: true,
        instanceType: args.instanceType,
        ...nodeTemplate({ diskGiB: args.diskGiB, instanceName: name, tags: args.tags }),
      },
      child(),
    );
    const group = new aws.eks.NodeGroup(
      name,
      {
        clusterName: args.clusterName,
        nodeGroupName: name,
        nodeRoleArn: role.arn,
        subnetIds: args.subnetIds,
        amiType: "AL2023_x86_64_STANDARD",
        releaseVersion: args.amiRelease,
        capacityType: "ON_DEMAND",
        launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
        scalingConfig: { minSize, maxSize, desiredSize },
        updateConfig: { maxUnavailable: 1 },
        nodeRepairConfig: { enabled: true },
        labels: { [NODE_GROUP_LABEL]: "system" },
      },
      // The name is fixed, so a group that has to be replaced goes first.
      { ...child(...ready), deleteBeforeReplace: true, customTimeouts: NODE_GROUP_TIMEOUTS },
    );

    this.nodeGroupName = group.nodeGroupName;
    this.registerOutputs({ nodeGroupName: this.nodeGroupName });
  }
}
