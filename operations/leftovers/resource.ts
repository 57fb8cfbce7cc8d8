import { OWNER_ANNOTATION } from "../../components/cluster/owner";

/** Whose resources are looked for. */
export interface Identity {
  /** `<project>/<stack>`, the value of the tag `llm-d.ai/environment`. */
  readonly owner: string;
  /** Name of the EKS cluster, which controllers tag what they make with. */
  readonly cluster: string;
  readonly region: string;
}

/** Something on AWS that was found. */
export interface Resource {
  /** `ec2:network-interface`: service and kind, as in its ARN. */
  readonly type: string;
  /** What commands call it by: an id, a name, or an ARN. */
  readonly id: string;
  /** What helps a person to recognise it. */
  readonly detail?: string;
  /** Set for what is deleted already and only waits for its last day, which costs nothing: when that is. */
  readonly pending?: string;
}

/** Tags by which something is known as a stack's: the program's own, and those of what controllers make for its cluster. */
export function ownTags({ owner, cluster }: Identity): readonly { key: string; value?: string }[] {
  return [{ key: OWNER_ANNOTATION, value: owner }, ...clusterTags(cluster)];
}

/** Tags by which what controllers make for a cluster is known. */
function clusterTags(cluster: string): readonly { key: string; value?: string }[] {
  return [
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

/**
 * Takes an ARN apart; undefined for what is no resource of its own, or not this program's to remove.
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

/** A rule goes with its group; a capacity reservation is never made by this program, only used. */
const NOT_LISTED = new Set(["ec2:security-group-rule", "ec2:capacity-reservation"]);

/** Kinds that commands call by their ARN. */
const BY_ARN = new Set([
  "elasticloadbalancing:loadbalancer",
  "elasticloadbalancing:targetgroup",
  "elasticloadbalancing:listener",
  "elasticloadbalancing:listener-rule",
  "iam:policy",
  "iam:oidc-provider",
  "sns:topic",
]);
