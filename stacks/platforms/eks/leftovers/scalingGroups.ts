import { type AutoScalingClient, paginateDescribeAutoScalingGroups } from "@aws-sdk/client-auto-scaling";
import type { Identity, Resource } from "../../operations";
import { allItems } from "../awsClient";
import { tagFilters } from "./tagged";

/** Auto Scaling groups. EKS makes them for node groups, and the tagging API does not list them. */
export async function scalingGroups(client: AutoScalingClient, identity: Identity): Promise<Resource[]> {
  const found = await Promise.all(
    tagFilters(identity).map((filter) =>
      allItems(paginateDescribeAutoScalingGroups({ client }, { Filters: [filter] }), (page) => page.AutoScalingGroups),
    ),
  );
  return found.flat().map((group) => ({
    type: "autoscaling:autoScalingGroup",
    id: group.AutoScalingGroupName ?? "",
    detail: `${group.Instances?.length ?? 0} instances${group.Status === undefined ? "" : `, ${group.Status}`}`,
  }));
}
