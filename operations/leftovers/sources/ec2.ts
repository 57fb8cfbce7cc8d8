import {
  DescribeInstancesCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type Filter,
} from "@aws-sdk/client-ec2";
import { allPages } from "../../common/aws";
import { type Identity, ownTags, type Resource } from "../resource";

/** Filters of EC2, one for each way in which a resource may be this stack's; EC2 itself would require all of them at once. */
function ec2Filters(identity: Identity, vpcs: readonly string[]): Filter[][] {
  const byTag = ownTags(identity).map(({ key, value }) =>
    value === undefined ? { Name: "tag-key", Values: [key] } : { Name: `tag:${key}`, Values: [value] },
  );
  const byVpc = vpcs.length === 0 ? [] : [{ Name: "vpc-id", Values: [...vpcs] }];
  return [...byTag, ...byVpc].map((filter) => [filter]);
}

async function anyOf<T>(filters: Filter[][], list: (filters: Filter[]) => Promise<T[]>): Promise<T[]> {
  return (await Promise.all(filters.map(list))).flat();
}

/** The VPCs of a stack. */
export async function ownVpcs(client: EC2Client, identity: Identity): Promise<Resource[]> {
  const vpcs = await anyOf(ec2Filters(identity, []), (Filters) =>
    allPages(
      (NextToken) => client.send(new DescribeVpcsCommand({ Filters, NextToken })),
      (page) => page.Vpcs,
      (page) => page.NextToken,
    ),
  );
  return vpcs.map((vpc) => ({ type: "ec2:vpc", id: vpc.VpcId ?? "", detail: vpc.CidrBlock }));
}

/** Network interfaces that carry a tag of the stack, or are in its VPCs, whoever made them. */
export async function interfaces(client: EC2Client, identity: Identity, vpcs: string[]): Promise<Resource[]> {
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

/** Security groups, found in the same ways. */
export async function securityGroups(client: EC2Client, identity: Identity, vpcs: string[]): Promise<Resource[]> {
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

/** EBS volumes by their tags. */
export async function volumes(client: EC2Client, identity: Identity): Promise<Resource[]> {
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

/** What the tagging API may still list although it is gone; when this cannot be read, its word is taken. */
export async function listGone(client: EC2Client, identity: Identity): Promise<Set<string>> {
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
