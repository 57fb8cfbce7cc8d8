import {
  DescribeInstancesCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type Filter,
} from "@aws-sdk/client-ec2";
import {
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { OWNER_ANNOTATION } from "../../components/cluster/owner";
import { allPages, type AwsClientOptions, explainError } from "../common/aws";
import type { Gone, Source } from "./inventory";
import { clusterTags, fromArn, type Identity, type Resource } from "./resource";

/** How long one source may take, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** Looks everywhere at once. A place that cannot be looked at is told, and keeps none of the others from being looked at. */
export async function lookEverywhere(
  identity: Identity,
  options: AwsClientOptions,
): Promise<{ sources: Source[]; gone: Gone }> {
  const ec2 = new EC2Client(options);
  const vpcs = ids(ownVpcs(ec2, identity));
  const [gone, ...sources] = await Promise.all([
    listGone(ec2, identity),
    source("tags", [], () => tagged(identity, options)),
    source("VPCs", ["ec2:vpc"], () => ownVpcs(ec2, identity)),
    source("network interfaces", ["ec2:network-interface"], async () => interfaces(ec2, identity, await vpcs)),
    source("security groups", ["ec2:security-group"], async () => securityGroups(ec2, identity, await vpcs)),
    source("volumes", ["ec2:volume"], () => volumes(ec2, identity)),
    source("load balancers", ["elasticloadbalancing:loadbalancer", "elasticloadbalancing:targetgroup"], async () =>
      loadBalancers(new ElasticLoadBalancingV2Client(options), identity, await vpcs),
    ),
  ]);
  return { gone, sources };
}

async function source(name: string, authoritative: string[], look: () => Promise<Resource[]>): Promise<Source> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${TIMEOUT_MS / 1000} seconds`)), TIMEOUT_MS);
  });
  try {
    return { name, authoritative, found: await Promise.race([look(), timeout]) };
  } catch (error) {
    return { name, authoritative, found: { unreadable: explainError(error) } };
  } finally {
    clearTimeout(timer);
  }
}

/** Everything that carries one of the tags, as the tagging API knows it. */
async function tagged(identity: Identity, options: AwsClientOptions): Promise<Resource[]> {
  const filters = [{ key: OWNER_ANNOTATION, value: identity.owner }, ...clusterTags(identity.cluster)];
  // What has no region, such as IAM policies, is listed in us-east-1.
  const regions = [...new Set([options.region, ...(/^(cn|us-gov)-/.test(options.region) ? [] : ["us-east-1"])])];
  const arns = await Promise.all(
    regions.flatMap((region) => {
      const client = new ResourceGroupsTaggingAPIClient({ ...options, region });
      return filters.map(async ({ key, value }) => {
        const TagFilters = [{ Key: key, ...(value === undefined ? {} : { Values: [value] }) }];
        const mappings = await allPages(
          (PaginationToken) => client.send(new GetResourcesCommand({ TagFilters, PaginationToken })),
          (page) => page.ResourceTagMappingList,
          (page) => page.PaginationToken,
        );
        return mappings
          .map((mapping) => mapping.ResourceARN ?? "")
          .filter((arn) => region === options.region || /^arn:[^:]*:iam:/.test(arn));
      });
    }),
  );
  return [...new Set(arns.flat())].map(fromArn).filter((resource) => resource !== undefined);
}

/** Filters of EC2, one for each way in which a resource may be this stack's; EC2 itself would require all of them at once. */
function ec2Filters(identity: Identity, vpcs: readonly string[]): Filter[][] {
  const byTag = [{ key: OWNER_ANNOTATION, value: identity.owner }, ...clusterTags(identity.cluster)].map(
    ({ key, value }) =>
      value === undefined ? { Name: "tag-key", Values: [key] } : { Name: `tag:${key}`, Values: [value] },
  );
  const byVpc = vpcs.length === 0 ? [] : [{ Name: "vpc-id", Values: [...vpcs] }];
  return [...byTag, ...byVpc].map((filter) => [filter]);
}

async function anyOf<T>(filters: Filter[][], list: (filters: Filter[]) => Promise<T[]>): Promise<T[]> {
  return (await Promise.all(filters.map(list))).flat();
}

const ids = async (resources: Promise<Resource[]>): Promise<string[]> => (await resources).map(({ id }) => id);

async function ownVpcs(client: EC2Client, identity: Identity): Promise<Resource[]> {
  const vpcs = await anyOf(ec2Filters(identity, []), (Filters) =>
    allPages(
      (NextToken) => client.send(new DescribeVpcsCommand({ Filters, NextToken })),
      (page) => page.Vpcs,
      (page) => page.NextToken,
    ),
  );
  return vpcs.map((vpc) => ({ type: "ec2:vpc", id: vpc.VpcId ?? "", detail: vpc.CidrBlock }));
}

async function interfaces(client: EC2Client, identity: Identity, vpcs: string[]): Promise<Resource[]> {
  const found = await anyOf(ec2Filters(identity, vpcs), (Filters) =>
    allPages(
      (NextToken) => client.send(new DescribeNetworkInterfacesCommand({ Filters, NextToken })),
      (page) => page.NetworkInterfaces,
      (page) => page.NextToken,
    ),
  );
  return found.map((one) => ({
    type: "ec2:network-interface",
    id: one.NetworkInterfaceId ?? "",
    detail: [one.Status, one.Description, one.RequesterManaged === true ? "kept by its service" : ""]
      .filter((part) => part !== undefined && part !== "")
      .join(", "),
  }));
}

async function securityGroups(client: EC2Client, identity: Identity, vpcs: string[]): Promise<Resource[]> {
  const found = await anyOf(ec2Filters(identity, vpcs), (Filters) =>
    allPages(
      (NextToken) => client.send(new DescribeSecurityGroupsCommand({ Filters, NextToken })),
      (page) => page.SecurityGroups,
      (page) => page.NextToken,
    ),
  );
  // Each VPC has one of that name, which cannot be deleted and goes with it.
  return found
    .filter((group) => group.GroupName !== "default")
    .map((group) => ({ type: "ec2:security-group", id: group.GroupId ?? "", detail: group.GroupName }));
}

async function volumes(client: EC2Client, identity: Identity): Promise<Resource[]> {
  const found = await anyOf(ec2Filters(identity, []), (Filters) =>
    allPages(
      (NextToken) => client.send(new DescribeVolumesCommand({ Filters, NextToken })),
      (page) => page.Volumes,
      (page) => page.NextToken,
    ),
  );
  return found.map((volume) => ({
    type: "ec2:volume",
    id: volume.VolumeId ?? "",
    detail: `${volume.State ?? ""}, ${volume.Size ?? 0} GiB`,
  }));
}

/** Load balancers and target groups have no filters: all of them are listed, and their tags and VPCs looked at. */
async function loadBalancers(
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
  const wanted = [{ key: OWNER_ANNOTATION, value: identity.owner }, ...clusterTags(identity.cluster)];
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

/** What the tagging API may still list although it is gone; when this cannot be read, its word is taken. */
async function listGone(client: EC2Client, identity: Identity): Promise<Set<string>> {
  const filters = ec2Filters(identity, []);
  const state = (Name: string, ...Values: string[]): Filter => ({ Name, Values });
  const [instances, gateways, endpoints] = await Promise.allSettled([
    anyOf(filters, (Filters) =>
      allPages(
        (NextToken) =>
          client.send(
            new DescribeInstancesCommand({
              Filters: [...Filters, state("instance-state-name", "terminated")],
              NextToken,
            }),
          ),
        (page) => page.Reservations,
        (page) => page.NextToken,
      ),
    ),
    anyOf(filters, (Filter) =>
      allPages(
        (NextToken) =>
          client.send(new DescribeNatGatewaysCommand({ Filter: [...Filter, state("state", "deleted")], NextToken })),
        (page) => page.NatGateways,
        (page) => page.NextToken,
      ),
    ),
    anyOf(filters, (Filters) =>
      allPages(
        (NextToken) =>
          client.send(
            new DescribeVpcEndpointsCommand({
              Filters: [...Filters, state("vpc-endpoint-state", "deleted")],
              NextToken,
            }),
          ),
        (page) => page.VpcEndpoints,
        (page) => page.NextToken,
      ),
    ),
  ]);
  const read = <T>(result: PromiseSettledResult<T[]>): T[] => (result.status === "fulfilled" ? result.value : []);
  return new Set(
    [
      ...read(instances).flatMap((reservation) => (reservation.Instances ?? []).map(({ InstanceId }) => InstanceId)),
      ...read(gateways).map((gateway) => gateway.NatGatewayId),
      ...read(endpoints).map((endpoint) => endpoint.VpcEndpointId),
    ].filter((id) => id !== undefined),
  );
}
