import { EC2Client, paginateDescribeImages } from "@aws-sdk/client-ec2";
import { type Check, failed, passed, type Verdict } from "../../operations";
import { allItems } from "../awsClient";

/** The release of EKS's own images that a node group is pinned to. */
interface AmiDemand {
  /** Last part of the check's id: `gpu` or `system`. */
  readonly group: string;
  /** The kind of image, as it is in the image's name. */
  readonly variant: "nvidia" | "standard";
  /** In the form of a node group's `releaseVersion`: `1.33.13-20260714`. */
  readonly release: string;
  /** Where the release is set. */
  readonly setting: string;
  readonly region: string;
}

/** Whether the region has the image of the release, from which EKS makes the node group. */
export function amiReleaseCheck(demand: AmiDemand): Check<readonly string[]> {
  return {
    id: `aws.ami.${demand.group}`,
    subject: `AMI release ${demand.release} (${demand.variant})`,
    async gather(abortSignal) {
      const client = new EC2Client({ region: demand.region });
      const Filters = [{ Name: "name", Values: [`${imagePrefix(demand)}*`] }];
      const query = { Owners: ["amazon"], Filters, IncludeDeprecated: true };
      const images = await allItems(paginateDescribeImages({ client }, query, { abortSignal }), (page) => page.Images);
      return images.map(({ Name = "" }) => Name).sort();
    },
    judge: (names) => judgeAmiRelease(demand, names),
  };
}

/**
 * The name of the images of a kind and Kubernetes version, without the date: `amazon-eks-node-al2023-x86_64-nvidia-1.33-v`.
 *
 * @see https://github.com/awslabs/amazon-eks-ami/releases
 */
function imagePrefix({ variant, release }: AmiDemand): string {
  const [major, minor] = release.split(".");
  return `amazon-eks-node-al2023-x86_64-${variant}-${major}.${minor}-v`;
}

function judgeAmiRelease(demand: AmiDemand, names: readonly string[]): Verdict {
  const prefix = imagePrefix(demand);
  const image = `${prefix}${demand.release.split("-")[1]}`;
  if (names.includes(image)) return passed(`there: ${image}`);
  const newest = names.at(-1);
  const remedy =
    newest === undefined
      ? "The region has none of that kind at all: choose another Kubernetes version (aws.cluster.version) or region."
      : `Choose another release (${demand.setting}), the newest here is of ${newest.slice(prefix.length)}; ` +
        "https://github.com/awslabs/amazon-eks-ami/releases says which Kubernetes patch belongs to it.";
  return failed(`${demand.region} has no image ${image}`, remedy);
}
