import { knownPartition } from "../../stacks/platforms/eks/resources/names";
import type { Resource } from "./resource";

/** How a kind of resource is removed, by its id; `removal` puts the region in. */
type Remove = (id: string, region: string) => string;

const ec2 =
  (verb: string, option: string): Remove =>
  (id) =>
    `aws ec2 ${verb} ${option} ${id}`;

/** `CLUSTER/NAME/…` of the ARNs of EKS. */
const eks =
  (verb: string, option: string): Remove =>
  (id) => {
    const [cluster = "", name = ""] = id.split("/");
    return `aws eks ${verb} --cluster-name ${cluster} ${option} ${name}`;
  };

/** The principal is spread over the entry's ARN: `CLUSTER/role/ACCOUNT/NAME/UUID`. */
function removeAccessEntry(id: string, region: string): string {
  const [cluster = "", kind = "", account = "", ...name] = id.split("/");
  const principal = `arn:${knownPartition(region) ?? "aws"}:iam::${account}:${kind}/${name.slice(0, -1).join("/")}`;
  return `aws eks delete-access-entry --cluster-name ${cluster} --principal-arn ${principal}`;
}

/** One that is attached has to be detached first. */
function removeInternetGateway(id: string): string {
  const vpc = `aws ec2 describe-internet-gateways --internet-gateway-ids ${id} --query InternetGateways[0].Attachments[0].VpcId --output text`;
  return `aws ec2 detach-internet-gateway --internet-gateway-id ${id} --vpc-id $(${vpc}); aws ec2 delete-internet-gateway --internet-gateway-id ${id}`;
}

/** One that has a role in it has to be emptied first. */
function removeInstanceProfile(id: string): string {
  const name = id.split("/").at(-1);
  const role = `aws iam get-instance-profile --instance-profile-name ${name} --query InstanceProfile.Roles[0].RoleName --output text`;
  return `aws iam remove-role-from-instance-profile --instance-profile-name ${name} --role-name $(${role}); aws iam delete-instance-profile --instance-profile-name ${name}`;
}

/** A role goes without its policies only: those attached to it and its own. */
function removeRole(name: string): string {
  const each = (list: string, query: string, remove: string): string =>
    `for one in $(aws iam ${list} --role-name ${name} --query '${query}' --output text); do aws iam ${remove} $one --role-name ${name}; done`;
  return [
    each("list-attached-role-policies", "AttachedPolicies[].PolicyArn", "detach-role-policy --policy-arn"),
    each("list-role-policies", "PolicyNames[]", "delete-role-policy --policy-name"),
    `aws iam delete-role --role-name ${name}`,
  ].join("; ");
}

/**
 * The command that removes each kind, in the order in which they can go: what others refer to comes after those.
 * https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html tells what keeps a VPC from being deleted.
 */
const REMOVALS: readonly (readonly [type: string, remove: Remove])[] = [
  ["elasticloadbalancing:listener-rule", (arn) => `aws elbv2 delete-rule --rule-arn ${arn}`],
  ["elasticloadbalancing:listener", (arn) => `aws elbv2 delete-listener --listener-arn ${arn}`],
  ["elasticloadbalancing:loadbalancer", (arn) => `aws elbv2 delete-load-balancer --load-balancer-arn ${arn}`],
  ["elasticloadbalancing:targetgroup", (arn) => `aws elbv2 delete-target-group --target-group-arn ${arn}`],
  ["eks:podidentityassociation", eks("delete-pod-identity-association", "--association-id")],
  ["eks:addon", eks("delete-addon", "--addon-name")],
  ["eks:nodegroup", eks("delete-nodegroup", "--nodegroup-name")],
  ["eks:access-entry", removeAccessEntry],
  ["eks:cluster", (id) => `aws eks delete-cluster --name ${id}`],
  [
    "autoscaling:autoScalingGroup",
    (name) => `aws autoscaling delete-auto-scaling-group --auto-scaling-group-name ${name} --force-delete`,
  ],
  ["ec2:instance", ec2("terminate-instances", "--instance-ids")],
  ["ec2:natgateway", ec2("delete-nat-gateway", "--nat-gateway-id")],
  ["ec2:elastic-ip", ec2("release-address", "--allocation-id")],
  ["ec2:vpc-endpoint", ec2("delete-vpc-endpoints", "--vpc-endpoint-ids")],
  ["ec2:vpc-flow-log", ec2("delete-flow-logs", "--flow-log-ids")],
  ["ec2:network-interface", ec2("delete-network-interface", "--network-interface-id")],
  ["ec2:volume", ec2("delete-volume", "--volume-id")],
  ["ec2:snapshot", ec2("delete-snapshot", "--snapshot-id")],
  ["ec2:security-group", ec2("delete-security-group", "--group-id")],
  ["ec2:launch-template", ec2("delete-launch-template", "--launch-template-id")],
  ["ec2:placement-group", ec2("delete-placement-group", "--group-name")],
  ["ec2:subnet", ec2("delete-subnet", "--subnet-id")],
  ["ec2:route-table", ec2("delete-route-table", "--route-table-id")],
  ["ec2:internet-gateway", removeInternetGateway],
  ["ec2:vpc", ec2("delete-vpc", "--vpc-id")],
  ["logs:log-group", (id) => `aws logs delete-log-group --log-group-name ${id}`],
  ["iam:instance-profile", removeInstanceProfile],
  ["iam:role", removeRole],
  ["iam:policy", (arn) => `aws iam delete-policy --policy-arn ${arn}`],
  ["iam:oidc-provider", (arn) => `aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ${arn}`],
  ["kms:alias", (name) => `aws kms delete-alias --alias-name ${name}`],
  ["kms:key", (id) => `aws kms schedule-key-deletion --key-id ${id} --pending-window-in-days 7`],
];

/** Place in the order of removal; kinds that are not known come last. */
export function removalRank(type: string): number {
  const rank = REMOVALS.findIndex(([known]) => known === type);
  return rank < 0 ? REMOVALS.length : rank;
}

/** The command that removes a resource; undefined where this program knows none. */
export function removal(resource: Resource, region: string): string | undefined {
  const remove = REMOVALS.find(([type]) => type === resource.type)?.[1];
  if (remove === undefined) return undefined;
  const command = remove(resource.id, region);
  // IAM is the same in all regions.
  if (resource.type.startsWith("iam:")) return command;
  return command.replaceAll(/aws (\w+) /g, `aws --region ${region} $1 `);
}
