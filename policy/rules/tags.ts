import type { ResourceValidationPolicy } from "@pulumi/policy";
import { at, list } from "./support";

/** By which `make leftovers` and whoever reads a bill find an environment's resources. */
export const OWNER_TAG = "llm-d.ai/environment";

/** What an instance is made of besides the template: it gets its tags from there alone. */
const LAUNCHED: readonly string[] = ["instance", "volume", "network-interface"];

/** Everything in AWS says whose it is. */
export const tagged: ResourceValidationPolicy = {
  name: "tagged",
  description: `Everything in AWS carries the tag ${OWNER_TAG}, and so does what is launched from a template.`,
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props, provider }, report) => {
    // Not those that only tie two others together: they have no tags.
    if (!type.startsWith("aws:") || !("tags" in props || "tagsAll" in props || type in TAGGABLE)) return;
    const byProvider = at(json(at(provider?.props, "defaultTags")), "tags", OWNER_TAG);
    if (at(at(props, "tags"), OWNER_TAG) === undefined && byProvider === undefined)
      report(`${name}: tag it ${OWNER_TAG}`);
    if (type !== "aws:ec2/launchTemplate:LaunchTemplate") return;
    for (const kind of LAUNCHED) {
      const found = list(at(props, "tagSpecifications")).some(
        (one) => at(one, "resourceType") === kind && at(one, "tags", OWNER_TAG) !== undefined,
      );
      if (!found) report(`${name}: tag what it launches (${kind}) ${OWNER_TAG}`);
    }
  },
};

/** Types that cost money, and have tags whether or not some are set. */
const TAGGABLE: Readonly<Record<string, true>> = {
  "aws:eks/cluster:Cluster": true,
  "aws:eks/nodeGroup:NodeGroup": true,
  "aws:ec2/launchTemplate:LaunchTemplate": true,
  "aws:ec2/natGateway:NatGateway": true,
  "aws:ec2/eip:Eip": true,
  "aws:ec2/vpc:Vpc": true,
  "aws:ec2/vpcEndpoint:VpcEndpoint": true,
  "aws:kms/key:Key": true,
  "aws:cloudwatch/logGroup:LogGroup": true,
};

/** Settings of a provider travel as JSON text. */
function json(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}
