import { EC2Client, paginateDescribeImages } from "@aws-sdk/client-ec2";
import { type Check, failed, passed } from "../../operations";
import { allItems } from "../awsClient";

const RELEASES = "https://github.com/awslabs/amazon-eks-ami/releases";

/**
 * Whether the region has the image of a release, from which EKS makes a node group.
 *
 * @param group last part of the check's id: `gpu` or `system`
 * @param variant the kind of image, as it is in the image's name
 * @param release in the form of a node group's `releaseVersion`: `1.33.13-20260714`
 * @param setting where the release is set
 */
export function amiReleaseCheck(
  group: string,
  variant: "nvidia" | "standard",
  release: string,
  setting: string,
  region: string,
): Check<readonly string[]> {
  const [version = "", date = ""] = release.split("-");
  // The names of images are listed at RELEASES.
  const prefix = `amazon-eks-node-al2023-x86_64-${variant}-${version.split(".").slice(0, 2).join(".")}-v`;
  return {
    id: `aws.ami.${group}`,
    subject: `AMI release ${release} (${variant})`,
    async gather(abortSignal) {
      const client = new EC2Client({ region });
      const Filters = [{ Name: "name", Values: [`${prefix}*`] }];
      const query = { Owners: ["amazon"], Filters, IncludeDeprecated: true };
      const images = await allItems(paginateDescribeImages({ client }, query, { abortSignal }), (page) => page.Images);
      return images.map(({ Name = "" }) => Name).sort();
    },
    judge(names) {
      const image = `${prefix}${date}`;
      if (names.includes(image)) return passed(`there: ${image}`);
      const newest = names.at(-1);
      return failed(
        `${region} has no image ${image}`,
        newest === undefined
          ? "The region has none of that kind at all: choose another Kubernetes version (aws.cluster.version) or region."
          : `Choose another release (${setting}), the newest here is of ${newest.slice(prefix.length)}; ` +
              `${RELEASES} says which Kubernetes patch belongs to it.`,
      );
    },
  };
}
