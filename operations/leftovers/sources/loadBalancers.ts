import {
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  type ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { allPages } from "../../common/aws";
import { type Identity, ownTags, type Resource } from "../resource";

/** Load balancers and target groups have no filters: all of them are listed, and their tags and VPCs looked at. */
export async function loadBalancers(
  client: ElasticLoadBalancingV2Client,
  identity: Identity,
  vpcs: readonly string[],
): Promise<Resource[]> {
  const [balancers, groups] = await Promise.all([
    allPages(
      (Marker) => client.send(new DescribeLoadBalancersCommand({ Marker })),
      (page) => page.LoadBalancers,
      (page) => page.NextMarker,
    ),
    allPages(
      (Marker) => client.send(new DescribeTargetGroupsCommand({ Marker })),
      (page) => page.TargetGroups,
      (page) => page.NextMarker,
    ),
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
  // The call takes at most 20 ARNs.
  for (let from = 0; from < all.length; from += 20) {
    const ResourceArns = all.slice(from, from + 20).map(({ resource }) => resource.id);
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
