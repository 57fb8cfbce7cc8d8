import { type CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { controlPlaneLogGroup, flowLogGroup } from "../../../stacks/platforms/eks/resources/names";
import { allPages } from "../../common/aws";
import type { Identity, Resource } from "../resource";

/**
 * Log groups with the names of the stack's, tagged or not (EKS makes its own anew, without tags, when it has last lines to
 * write), and those of the tagging API's that are really there.
 *
 * @param tagged What the tagging API lists.
 */
export async function logGroups(
  client: CloudWatchLogsClient,
  { cluster }: Identity,
  tagged: readonly Resource[],
): Promise<Resource[]> {
  const names = new Set([
    controlPlaneLogGroup(cluster),
    flowLogGroup(cluster),
    ...tagged.filter(({ type }) => type === "logs:log-group").map(({ id }) => id),
  ]);
  const found = await Promise.all(
    [...names].map(async (name) => {
      const groups = await allPages(
        (nextToken) => client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name, nextToken })),
        (page) => page.logGroups,
        (page) => page.nextToken,
      );
      return groups.filter(({ logGroupName }) => logGroupName === name);
    }),
  );
  return found.flat().map((group) => ({
    type: "logs:log-group",
    id: group.logGroupName ?? "",
    detail: `${group.storedBytes ?? 0} bytes, kept ${group.retentionInDays === undefined ? "for ever" : `${group.retentionInDays} days`}`,
  }));
}
