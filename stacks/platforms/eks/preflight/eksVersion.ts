import { EKSClient, paginateDescribeClusterVersions } from "@aws-sdk/client-eks";
import { allItems, type AwsClientOptions } from "../awsClient";
import { CannotCheck, type Check, type Verdict } from "../../operations";

/** A Kubernetes version that EKS offers. */
export interface OfferedVersion {
  readonly version: string;
  /** STANDARD_SUPPORT, EXTENDED_SUPPORT or UNSUPPORTED. */
  readonly status: string;
  readonly endOfStandardSupport?: Date;
}

export interface EksEvidence {
  readonly versions: readonly OfferedVersion[];
  readonly now: Date;
}

/** How long before the end of standard support a warning starts, in milliseconds: 60 days. */
const ENDS_SOON_MS = 60 * 24 * 60 * 60 * 1000;

/** Whether EKS offers the Kubernetes version. */
export function eksVersionCheck(version: string, options: AwsClientOptions): Check<EksEvidence> {
  return {
    id: "aws.eks.version",
    subject: `EKS offers Kubernetes ${version}`,
    async gather(abortSignal) {
      const client = new EKSClient(options);
      const versions = await allItems(
        paginateDescribeClusterVersions({ client }, { includeAll: true }, { abortSignal }),
        (page) => page.clusterVersions,
      );
      if (versions.length === 0) throw new CannotCheck("EKS listed no versions at all");
      return {
        now: new Date(),
        versions: versions.map((offered) => ({
          version: offered.clusterVersion ?? "",
          // Older answers have the same in small letters, under another name.
          status: (offered.versionStatus ?? offered.status ?? "").toUpperCase().replaceAll("-", "_"),
          endOfStandardSupport: offered.endOfStandardSupportDate,
        })),
      };
    },
    judge: (evidence) => judgeEksVersion(version, evidence),
  };
}

export function judgeEksVersion(version: string, { versions, now }: EksEvidence): Verdict {
  const offered = versions.find((candidate) => candidate.version === version);
  const standard = versions
    .filter((candidate) => candidate.status === "STANDARD_SUPPORT")
    .map((candidate) => candidate.version)
    .sort();
  const instead = `EKS has these in standard support: ${standard.join(", ")} (aws.cluster.version).`;
  if (offered === undefined || offered.status === "UNSUPPORTED") {
    return { status: "failed", detail: "not offered", remedy: instead };
  }
  const end = offered.endOfStandardSupport;
  const until = end === undefined ? "" : ` until ${end.toISOString().slice(0, 10)}`;
  if (offered.status === "EXTENDED_SUPPORT") {
    return {
      status: "warning",
      detail: "in extended support, which costs extra for each hour of the cluster",
      remedy: `${instead} Prices: https://aws.amazon.com/eks/pricing/`,
    };
  }
  if (end !== undefined && end.getTime() - now.getTime() < ENDS_SOON_MS) {
    return { status: "warning", detail: `in standard support only${until}`, remedy: `Plan the upgrade. ${instead}` };
  }
  return { status: "passed", detail: `in standard support${until}` };
}
