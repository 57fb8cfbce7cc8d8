import { type CloudWatchLogsClient, paginateDescribeLogGroups } from "@aws-sdk/client-cloudwatch-logs";
import type { Identity, Resource } from "../../operations";
import { allItems } from "../awsClient";
import { controlPlaneLogGroup, flowLogGroup } from "../resources/names";

/**
 * Log groups with the names of the stack's, tagged or not, and those that the tagging API lists and that still exist. EKS
 * makes its own group again, without tags, when it has last lines to write.
 *
 * @param tagged what the tagging API lists
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
      const query = { logGroupNamePrefix: name };
      const groups = await allItems(paginateDescribeLogGroups({ client }, query), (page) => page.logGroups);
      return groups.filter(({ logGroupName }) => logGroupName === name);
    }),
  );
  return found.flat().map(({ logGroupName = "", storedBytes = 0, retentionInDays }) => ({
    type: "logs:log-group",
    id: logGroupName,
    detail: `${storedBytes} bytes, kept ${retentionInDays === undefined ? "for ever" : `${retentionInDays} days`}`,
  }));
}
