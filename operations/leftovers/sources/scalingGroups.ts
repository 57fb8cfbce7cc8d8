import { type AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { allPages } from "../../common/aws";
import { type Identity, ownTags, type Resource } from "../resource";

/** Auto Scaling groups, which EKS makes for node groups and which the tagging API does not list. */
export async function scalingGroups(client: AutoScalingClient, identity: Identity): Promise<Resource[]> {
  const found = await Promise.all(
    ownTags(identity).map(({ key, value }) =>
      allPages(
        (NextToken) =>
          client.send(
            new DescribeAutoScalingGroupsCommand({
              Filters: [
                value === undefined ? { Name: "tag-key", Values: [key] } : { Name: `tag:${key}`, Values: [value] },
              ],
              NextToken,
            }),
          ),
        (page) => page.AutoScalingGroups,
        (page) => page.NextToken,
      ),
    ),
  );
  return found.flat().map((group) => ({
    type: "autoscaling:autoScalingGroup",
    id: group.AutoScalingGroupName ?? "",
    detail: `${group.Instances?.length ?? 0} instances${group.Status === undefined ? "" : `, ${group.Status}`}`,
  }));
}
