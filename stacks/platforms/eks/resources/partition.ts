/** A partition of AWS that this program builds in: a part with accounts of its own, which every ARN names. */
export type Partition = "aws" | "aws-us-gov";

/** What a partition differs in. */
interface PartitionFacts {
  readonly partition: Partition;
  /** How its regions start. */
  readonly prefix: RegExp;
  /** Region in which the tagging API lists what has none, such as IAM policies. */
  readonly globalRegion: string;
}

/**
 * Source: endpoints/partitions of the AWS SDKs. The other partitions are left out on purpose: China and the isolated
 * regions name service principals and VPC endpoints differently, and none of it could be tried.
 */
const PARTITIONS: readonly PartitionFacts[] = [
  { partition: "aws-us-gov", prefix: /^us-gov-/, globalRegion: "us-gov-west-1" },
  { partition: "aws", prefix: /^(us|eu|ap|sa|ca|me|af|il|mx)-(?!gov|iso)/, globalRegion: "us-east-1" },
];

function factsOf(region: string): PartitionFacts | undefined {
  return PARTITIONS.find(({ prefix }) => prefix.test(region));
}

/** The partition that a region is in; undefined for those that this program does not build in. */
export function knownPartition(region: string): Partition | undefined {
  return factsOf(region)?.partition;
}

/**
 * The partition that a region is in.
 *
 * @throws Error for regions that this program does not build in; the configuration refuses them before
 */
export function partitionOf(region: string): Partition {
  const partition = knownPartition(region);
  if (partition === undefined) throw new Error(`the partition of region ${region} is not supported`);
  return partition;
}

/** Region in which the tagging API lists what has none; undefined for regions that this program does not build in. */
export function globalRegionOf(region: string): string | undefined {
  return factsOf(region)?.globalRegion;
}
