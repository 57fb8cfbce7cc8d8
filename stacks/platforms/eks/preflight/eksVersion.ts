import { EKSClient, paginateDescribeClusterVersions } from "@aws-sdk/client-eks";
import * as semver from "semver";
import { CannotCheck, type Check, failed, passed, type Verdict, warning } from "../../operations";
import { allItems } from "../awsClient";

/** A Kubernetes version that EKS offers. */
interface OfferedVersion {
  readonly version: string;
  /** STANDARD_SUPPORT, EXTENDED_SUPPORT or UNSUPPORTED. */
  readonly status: string;
  readonly endOfStandardSupport?: Date;
}

interface EksEvidence {
  readonly versions: readonly OfferedVersion[];
  readonly now: Date;
}

/** How long before the end of standard support the warning starts, in milliseconds: 60 days. */
const ENDS_SOON_MS = 60 * 24 * 60 * 60 * 1000;

/** Whether EKS offers the Kubernetes version. */
export function eksVersionCheck(version: string, region: string): Check<EksEvidence> {
  return {
    id: "aws.eks.version",
    subject: `EKS offers Kubernetes ${version}`,
    async gather(abortSignal) {
      const client = new EKSClient({ region });
      const versions = await allItems(
        paginateDescribeClusterVersions({ client }, { includeAll: true }, { abortSignal }),
        (page) => page.clusterVersions,
      );
      if (versions.length === 0) throw new CannotCheck("EKS listed no versions at all");
      return {
        now: new Date(),
        versions: versions.map((offered) => ({
          version: offered.clusterVersion ?? "",
          // Older answers have the status in lower case, in another field.
          status: (offered.versionStatus ?? offered.status ?? "").toUpperCase().replaceAll("-", "_"),
          endOfStandardSupport: offered.endOfStandardSupportDate,
        })),
      };
    },
    judge: (evidence) => judgeEksVersion(version, evidence),
  };
}

/** Decides on the Kubernetes version. */
export function judgeEksVersion(version: string, { versions, now }: EksEvidence): Verdict {
  const offered = versions.find((candidate) => candidate.version === version);
  const standard = versions
    .filter((candidate) => candidate.status === "STANDARD_SUPPORT")
    .map((candidate) => candidate.version)
    .sort((a, b) => semver.compare(semver.coerce(a) ?? "0.0.0", semver.coerce(b) ?? "0.0.0"));
  const instead = `EKS has these in standard support: ${standard.join(", ")} (aws.cluster.version).`;
  if (offered === undefined || offered.status === "UNSUPPORTED") return failed("not offered", instead);
  if (offered.status === "EXTENDED_SUPPORT") {
    return warning(
      "in extended support, which costs extra for each hour of the cluster",
      `${instead} Prices: https://aws.amazon.com/eks/pricing/`,
    );
  }
  const end = offered.endOfStandardSupport;
  const until = end === undefined ? "" : ` until ${end.toISOString().slice(0, 10)}`;
  return end !== undefined && end.getTime() - now.getTime() < ENDS_SOON_MS
    ? warning(`in standard support only${until}`, `Plan the upgrade. ${instead}`)
    : passed(`in standard support${until}`);
}
