import type { ResourceValidationPolicy } from "@pulumi/policy";
import { at, json, list, mandatory } from "./support";

/** The tag by which `make leftovers` and cost reports find the resources of an environment. */
export const OWNER_TAG = "llm-d.ai/environment";

/** Resources that EC2 creates with an instance. They get their tags only from the launch template. */
const LAUNCHED: readonly string[] = ["instance", "volume", "network-interface"];

/** Every AWS resource has a tag with its owner. */
export const tagged: ResourceValidationPolicy = mandatory({
  name: "tagged",
  description: `Every AWS resource has the tag ${OWNER_TAG}, also those that a launch template creates.`,
  validateResource: ({ type, name, props, provider }, report) => {
    // Resources that only connect two others have no tags.
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
});

/** Types that cost money and can have tags, even if none are set. */
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
