import { paginateGetResources, ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { OWNER_ANNOTATION } from "../../../../components/cluster/owner";
import type { Identity, Resource } from "../../operations";
import { allItems } from "../awsClient";
import { globalRegionOf } from "../resources/names";

/** The tags of a stack's resources: the program's own tag, and those of controllers that work for its cluster. */
export function ownTags({ owner, cluster }: Identity): readonly { key: string; value?: string }[] {
  return [
    { key: OWNER_ANNOTATION, value: owner },
    // The EKS cluster's own security group, EBS volumes of the CSI driver, subnets.
    { key: `kubernetes.io/cluster/${cluster}` },
    // Load balancers, target groups and security groups of the AWS Load Balancer Controller.
    { key: "elbv2.k8s.aws/cluster", value: cluster },
    // Instances, their volumes and launch templates of managed node groups.
    { key: "eks:cluster-name", value: cluster },
    // Network interfaces of the VPC CNI.
    { key: "cluster.k8s.amazonaws.com/name", value: cluster },
  ];
}

/** The same tags as filters of EC2 and Auto Scaling. A call returns what fits all its filters: use one at a time. */
export function tagFilters(identity: Identity): { Name: string; Values: string[] }[] {
  return ownTags(identity).map(({ key, value }) =>
    value === undefined ? { Name: "tag-key", Values: [key] } : { Name: `tag:${key}`, Values: [value] },
  );
}

/** Everything that carries one of the stack's tags, as the tagging API knows it. */
export async function taggedResources(identity: Identity): Promise<Resource[]> {
  const regions = [...new Set([identity.region, globalRegionOf(identity.region) ?? identity.region])];
  const arns = await Promise.all(
    regions.flatMap((region) => {
      const client = new ResourceGroupsTaggingAPIClient({ region });
      return ownTags(identity).map(async ({ key, value }) => {
        const TagFilters = [{ Key: key, ...(value === undefined ? {} : { Values: [value] }) }];
        const mappings = await allItems(
          paginateGetResources({ client }, { TagFilters }),
          (page) => page.ResourceTagMappingList,
        );
        return mappings
          .map((mapping) => mapping.ResourceARN ?? "")
          .filter((arn) => region === identity.region || /^arn:[^:]*:iam:/.test(arn));
      });
    }),
  );
  return [...new Set(arns.flat())].map(fromArn).filter((resource) => resource !== undefined);
}

/**
 * The resource that an ARN names; undefined when it is part of another resource, or is not this program's to remove.
 *
 * Forms: `arn:P:SERVICE:REGION:ACCOUNT:KIND/ID`, `…:KIND:ID`, and `…:ID` where a service has one kind only.
 */
export function fromArn(arn: string): Resource | undefined {
  const [, , service = "", , , ...rest] = arn.split(":");
  const path = rest.join(":");
  const [, kind = "", , id = ""] = /^([^:/]+)([:/])?(.*)$/.exec(path) ?? [];
  const type = id === "" ? service : `${service}:${kind}`;
  if (NOT_LISTED.has(type)) return undefined;
  return { type, id: BY_ARN.has(type) ? arn : id === "" ? path : id };
}

/** A rule is deleted with its group. The program uses capacity reservations, and never makes one. */
const NOT_LISTED = new Set(["ec2:security-group-rule", "ec2:capacity-reservation"]);

/** Kinds that commands take by their ARN. */
const BY_ARN = new Set([
  "elasticloadbalancing:loadbalancer",
  "elasticloadbalancing:targetgroup",
  "elasticloadbalancing:listener",
  "elasticloadbalancing:listener-rule",
  "iam:policy",
  "iam:oidc-provider",
  "sns:topic",
]);
