import {
  DescribeTagsCommand,
  type ElasticLoadBalancingV2Client,
  paginateDescribeLoadBalancers,
  paginateDescribeTargetGroups,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Identity, Resource } from "../../operations";
import { allItems } from "../awsClient";
import { ownTags } from "./tagged";

/** Most ARNs that one call for tags takes. */
const ARNS_PER_CALL = 20;

/** Load balancers and target groups of the stack. The API has no filters, so all are listed, with their tags and VPCs. */
export async function loadBalancers(
  client: ElasticLoadBalancingV2Client,
  identity: Identity,
  vpcs: readonly string[],
): Promise<Resource[]> {
  const [balancers, groups] = await Promise.all([
    allItems(paginateDescribeLoadBalancers({ client }, {}), (page) => page.LoadBalancers),
    allItems(paginateDescribeTargetGroups({ client }, {}), (page) => page.TargetGroups),
  ]);
  const all = [
    ...balancers.map((one) => ({
      vpc: one.VpcId,
      resource: { type: "elasticloadbalancing:loadbalancer", id: one.LoadBalancerArn ?? "", detail: one.DNSName },
    })),
    ...groups.map((one) => ({
      vpc: one.VpcId,
      resource: { type: "elasticloadbalancing:targetgroup", id: one.TargetGroupArn ?? "", detail: one.TargetGroupName },
    })),
  ];
  const wanted = ownTags(identity);
  const own = new Set<string>();
  for (let from = 0; from < all.length; from += ARNS_PER_CALL) {
    const ResourceArns = all.slice(from, from + ARNS_PER_CALL).map(({ resource }) => resource.id);
    const { TagDescriptions } = await client.send(new DescribeTagsCommand({ ResourceArns }));
    for (const { ResourceArn, Tags } of TagDescriptions ?? []) {
      const matches = (Tags ?? []).some((tag) =>
        wanted.some(({ key, value }) => tag.Key === key && (value === undefined || tag.Value === value)),
      );
      if (matches) own.add(ResourceArn ?? "");
    }
  }
  return all
    .filter(({ vpc, resource }) => own.has(resource.id) || (vpc !== undefined && vpcs.includes(vpc)))
    .map(({ resource }) => resource);
}
