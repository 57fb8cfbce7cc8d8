/*
 * Names, ARNs and partitions of AWS, as pure functions: the program makes resources by them, and the commands look for
 * resources by them. `name` is the cluster's.
 */

/** Log group of the control plane's logs; EKS chooses this name. */
export const controlPlaneLogGroup = (name: string): string => `/aws/eks/${name}/cluster`;

/** Log group of the VPC's flow logs. */
export const flowLogGroup = (name: string): string => `/aws/vpc/${name}/flow-logs`;

/** Alias of the key that encrypts the cluster's Secrets. */
export const secretsKeyAlias = (name: string): string => `alias/${name}-secrets`;

/** Prefix of the names of all IAM roles of a cluster. */
export const rolePrefix = (name: string): string => `${name}-`;

/** EKS add-ons that every cluster gets, by EKS's own names. */
export const ADDON_NAMES = [
  "vpc-cni",
  "coredns",
  "kube-proxy",
  "eks-pod-identity-agent",
  "eks-node-monitoring-agent",
  "aws-ebs-csi-driver",
] as const;

/** Name of an EKS add-on. */
export type AddonName = (typeof ADDON_NAMES)[number];

/** The exact version of each add-on. */
export type AddonVersions = Readonly<Record<AddonName, string>>;

/** A partition of AWS that this program supports: a group of regions with accounts of their own. Every ARN names it. */
type Partition = "aws" | "aws-us-gov";

/** What differs between partitions. */
interface PartitionFacts {
  readonly partition: Partition;
  /** Matches the start of its regions. */
  readonly prefix: RegExp;
  /** Region in which the tagging API lists resources without a region, such as IAM policies. */
  readonly globalRegion: string;
}

/**
 * Source: endpoints/partitions of the AWS SDKs. The other partitions are left out on purpose: China and the isolated
 * regions name service principals and VPC endpoints differently, and nothing was tested there.
 */
const PARTITIONS: readonly PartitionFacts[] = [
  { partition: "aws-us-gov", prefix: /^us-gov-/, globalRegion: "us-gov-west-1" },
  { partition: "aws", prefix: /^(us|eu|ap|sa|ca|me|af|il|mx)-(?!gov|iso)/, globalRegion: "us-east-1" },
];

const factsOf = (region: string): PartitionFacts | undefined => PARTITIONS.find(({ prefix }) => prefix.test(region));

/** The partition of a region; undefined for regions that this program does not support. */
export function knownPartition(region: string): Partition | undefined {
  return factsOf(region)?.partition;
}

/**
 * The partition of a region.
 *
 * @throws Error for regions that this program does not support; the configuration refuses them first
 */
export function partitionOf(region: string): Partition {
  const partition = knownPartition(region);
  if (partition === undefined) throw new Error(`the partition of region ${region} is not supported`);
  return partition;
}

/** Region in which the tagging API lists resources without a region; undefined for regions that are not supported. */
export function globalRegionOf(region: string): string | undefined {
  return factsOf(region)?.globalRegion;
}

/** ARN of one of AWS's own policies; they are the same in every account of a partition. */
export function managedPolicyArn(policy: string, region: string): string {
  return `arn:${partitionOf(region)}:iam::aws:policy/${policy}`;
}

/**
 * Whether the caller, as STS names it, is an IAM role or user, as the configuration names it. STS names the session of a
 * role and leaves out the role's path. Within an account the name of a role is unique without its path.
 *
 * @param caller Such as `arn:aws:sts::123456789012:assumed-role/admin/me` or `arn:aws:iam::123456789012:user/me`.
 * @param principal Such as `arn:aws:iam::123456789012:role/team/admin`.
 */
export function isPrincipal(caller: string, principal: string): boolean {
  if (caller === principal) return true;
  const [, partition, service, , account, resource = ""] = caller.split(":");
  const [kind, role] = resource.split("/");
  if (service !== "sts" || kind !== "assumed-role" || role === undefined) return false;
  const prefix = `arn:${partition}:iam::${account}:role/`;
  return principal.startsWith(prefix) && principal.slice(prefix.length).split("/").at(-1) === role;
}
