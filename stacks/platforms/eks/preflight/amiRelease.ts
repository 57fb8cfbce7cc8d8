import { EC2Client, paginateDescribeImages } from "@aws-sdk/client-ec2";
import { allItems, type AwsClientOptions } from "../awsClient";
import type { Check, Verdict } from "../../operations";

/** Which release of EKS's own images a node group is pinned to. */
export interface AmiDemand {
  /** Last part of the check's id: `gpu` or `system`. */
  readonly group: string;
  /** The kind of image, as it is in the image's name. */
  readonly variant: "nvidia" | "standard";
  /** As a node group's `releaseVersion` takes it: `1.33.13-20260714`. */
  readonly release: string;
  /** Where the release is set. */
  readonly setting: string;
  readonly region: string;
}

/** Names of the images that there are of the kind, for the release's Kubernetes version. */
export type AmiEvidence = readonly string[];

/** Whether the region has the image of a release; EKS makes the node group of it. */
export function amiReleaseCheck(demand: AmiDemand, options: AwsClientOptions): Check<AmiEvidence> {
  return {
    id: `aws.ami.${demand.group}`,
    subject: `AMI release ${demand.release} (${demand.variant})`,
    async gather(abortSignal) {
      const client = new EC2Client(options);
      const Filters = [{ Name: "name", Values: [`${imagePrefix(demand)}*`] }];
      const query = { Owners: ["amazon"], Filters, IncludeDeprecated: true };
      const images = await allItems(paginateDescribeImages({ client }, query, { abortSignal }), (page) => page.Images);
      return images.map(({ Name = "" }) => Name).sort();
    },
    judge: (evidence) => judgeAmiRelease(demand, evidence),
  };
}

/** `amazon-eks-node-al2023-x86_64-nvidia-1.33-v`, as the releases of github.com/awslabs/amazon-eks-ami name images. */
function imagePrefix({ variant, release }: AmiDemand): string {
  const [major, minor] = release.split(".");
  return `amazon-eks-node-al2023-x86_64-${variant}-${major}.${minor}-v`;
}

export function judgeAmiRelease(demand: AmiDemand, names: AmiEvidence): Verdict {
  const { release, setting, region } = demand;
  const image = `${imagePrefix(demand)}${release.split("-")[1]}`;
  if (names.includes(image)) return { status: "passed", detail: `there: ${image}` };
  const newest = names.at(-1);
  return {
    status: "failed",
    detail: `${region} has no image ${image}`,
    remedy:
      newest === undefined
        ? `It has none of that kind at all: choose another Kubernetes (aws.cluster.version) or region.`
        : `Choose another (${setting}), the newest here is of ${newest.slice(imagePrefix(demand).length)}; ` +
          "https://github.com/awslabs/amazon-eks-ami/releases says which Kubernetes patch belongs to it.",
  };
}
