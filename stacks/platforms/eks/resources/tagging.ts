import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/**
 * The Auto Scaling group that EKS made for a node group.
 *
 * @throws Error in the output when there is none
 */
export function scalingGroupName(name: string, group: aws.eks.NodeGroup): pulumi.Output<string> {
  return group.resources.apply((resources) => {
    const found = resources[0]?.autoscalingGroups?.[0]?.name;
    if (found === undefined) throw new Error(`node group ${name} has no autoscaling group`);
    return found;
  });
}

/**
 * Tags the Auto Scaling group of a node group: EKS makes it without the tags of anything of ours. Not handed on to the
 * instances, which have theirs from the launch template.
 */
export function tagScalingGroup(
  name: string,
  autoscalingGroupName: pulumi.Input<string>,
  tags: Readonly<Record<string, string>>,
  opts: pulumi.CustomResourceOptions,
): void {
  for (const [key, value] of Object.entries(tags)) {
    new aws.autoscaling.Tag(
      `${name}-${key}`,
      { autoscalingGroupName, tag: { key, value, propagateAtLaunch: false } },
      opts,
    );
  }
}

/** Tags what EC2 holds for others of AWS's services, such as the security group that EKS makes for a cluster. */
export function tagEc2(
  name: string,
  resourceId: pulumi.Input<string>,
  tags: Readonly<Record<string, string>>,
  opts: pulumi.CustomResourceOptions,
): void {
  for (const [key, value] of Object.entries(tags)) {
    new aws.ec2.Tag(`${name}-${key}`, { resourceId, key, value }, opts);
  }
}
