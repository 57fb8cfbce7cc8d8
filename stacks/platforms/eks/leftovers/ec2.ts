import { type AutoScalingClient, paginateDescribeAutoScalingGroups } from "@aws-sdk/client-auto-scaling";
import {
  type EC2Client,
  type Filter,
  paginateDescribeInstances,
  paginateDescribeNatGateways,
  paginateDescribeNetworkInterfaces,
  paginateDescribeSecurityGroups,
  paginateDescribeVolumes,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcs,
} from "@aws-sdk/client-ec2";
import type { Identity, Resource } from "../../operations";
import { allItems } from "../awsClient";
import { tagFilters } from "./tagged";

/** What fits one filter or more. A call itself returns what fits all its filters. */
async function anyOf<T>(filters: readonly Filter[], list: (filter: Filter) => Promise<T[]>): Promise<T[]> {
  return (await Promise.all(filters.map(list))).flat();
}

function tagOrVpcFilters(identity: Identity, vpcs: readonly string[]): Filter[] {
  return [...tagFilters(identity), ...(vpcs.length === 0 ? [] : [{ Name: "vpc-id", Values: [...vpcs] }])];
}

/** The VPCs of a stack. */
export async function ownVpcs(client: EC2Client, identity: Identity): Promise<Resource[]> {
  const vpcs = await anyOf(tagFilters(identity), (filter) =>
    allItems(paginateDescribeVpcs({ client }, { Filters: [filter] }), (page) => page.Vpcs),
  );
  return vpcs.map((vpc) => ({ type: "ec2:vpc", id: vpc.VpcId ?? "", detail: vpc.CidrBlock }));
}

/** Network interfaces that carry a tag of the stack or are in its VPCs. */
export async function interfaces(client: EC2Client, identity: Identity, vpcs: string[]): Promise<Resource[]> {
  const found = await anyOf(tagOrVpcFilters(identity, vpcs), (filter) =>
    allItems(paginateDescribeNetworkInterfaces({ client }, { Filters: [filter] }), (page) => page.NetworkInterfaces),
  );
  return found.map((one) => ({
    type: "ec2:network-interface",
    id: one.NetworkInterfaceId ?? "",
    detail: [one.Status, one.Description, one.RequesterManaged === true ? "kept by its service" : ""]
      .filter((part) => part !== undefined && part !== "")
      .join(", "),
  }));
}

/** Security groups that carry a tag of the stack or are in its VPCs. */
export async function securityGroups(client: EC2Client, identity: Identity, vpcs: string[]): Promise<Resource[]> {
  const found = await anyOf(tagOrVpcFilters(identity, vpcs), (filter) =>
    allItems(paginateDescribeSecurityGroups({ client }, { Filters: [filter] }), (page) => page.SecurityGroups),
  );
  // Each VPC has a default group, which cannot be deleted and is deleted with the VPC.
  return found
    .filter((group) => group.GroupName !== "default")
    .map((group) => ({ type: "ec2:security-group", id: group.GroupId ?? "", detail: group.GroupName }));
}

/** EBS volumes that carry a tag of the stack. */
export async function volumes(client: EC2Client, identity: Identity): Promise<Resource[]> {
  const found = await anyOf(tagFilters(identity), (filter) =>
    allItems(paginateDescribeVolumes({ client }, { Filters: [filter] }), (page) => page.Volumes),
  );
  return found.map((volume) => ({
    type: "ec2:volume",
    id: volume.VolumeId ?? "",
    detail: `${volume.State ?? ""}, ${volume.Size ?? 0} GiB`,
  }));
}

/** Auto Scaling groups. EKS makes them for node groups, and the tagging API does not list them. */
export async function scalingGroups(client: AutoScalingClient, identity: Identity): Promise<Resource[]> {
  const found = await anyOf(tagFilters(identity), (filter) =>
    allItems(paginateDescribeAutoScalingGroups({ client }, { Filters: [filter] }), (page) => page.AutoScalingGroups),
  );
  return found.map((group) => ({
    type: "autoscaling:autoScalingGroup",
    id: group.AutoScalingGroupName ?? "",
    detail: `${group.Instances?.length ?? 0} instances${group.Status === undefined ? "" : `, ${group.Status}`}`,
  }));
}

/** Ids of what the tagging API may still list although it is deleted. A kind that cannot be read is left out. */
export async function deletedIds(client: EC2Client, identity: Identity): Promise<Set<string>> {
  const filters = tagFilters(identity);
  const terminated = { Name: "instance-state-name", Values: ["terminated"] };
  const deletedGateway = { Name: "state", Values: ["deleted"] };
  const deletedEndpoint = { Name: "vpc-endpoint-state", Values: ["deleted"] };
  const results = await Promise.allSettled([
    anyOf(filters, (filter) =>
      allItems(paginateDescribeInstances({ client }, { Filters: [filter, terminated] }), (page) =>
        page.Reservations?.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId)),
      ),
    ),
    anyOf(filters, (filter) =>
      allItems(paginateDescribeNatGateways({ client }, { Filter: [filter, deletedGateway] }), (page) =>
        page.NatGateways?.map(({ NatGatewayId }) => NatGatewayId),
      ),
    ),
    anyOf(filters, (filter) =>
      allItems(paginateDescribeVpcEndpoints({ client }, { Filters: [filter, deletedEndpoint] }), (page) =>
        page.VpcEndpoints?.map(({ VpcEndpointId }) => VpcEndpointId),
      ),
    ),
  ]);
  const ids = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
  return new Set(ids.filter((id) => id !== undefined));
}
