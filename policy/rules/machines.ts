import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import type { Allowances } from "../allowances";
import { at, list, mandatory, specObjects, stackOf } from "./support";

/** Extended resource of GPU nodes, and their taint. */
const GPU = "nvidia.com/gpu";

/** The metadata service of instances requires session tokens and does not answer pods. */
export const instanceMetadata: ResourceValidationPolicy = mandatory({
  name: "instance-metadata",
  description: "Instances require IMDSv2 with a hop limit of 1, so that no pod can use the role of its node.",
  validateResource: ({ type, name, props }, report) => {
    if (type !== "aws:ec2/launchTemplate:LaunchTemplate" && type !== "aws:ec2/instance:Instance") return;
    const options = at(props, "metadataOptions");
    if (at(options, "httpTokens") !== "required") report(`${name}: set metadataOptions.httpTokens to required`);
    if (at(options, "httpPutResponseHopLimit") !== 1)
      report(`${name}: set metadataOptions.httpPutResponseHopLimit to 1`);
  },
});

/** Only pods that use GPUs run on GPU nodes. */
export const gpuPods: ResourceValidationPolicy = mandatory({
  name: "gpu-pods",
  description: "Pods that tolerate the taint of GPU nodes have a GPU limit, and vice versa.",
  validateResource: ({ type, name, props }, report) => {
    // The pods of a DaemonSet run on every node and need no GPU.
    if (type === "kubernetes:apps/v1:DaemonSet") return;
    for (const { where, value } of specObjects({ type, name, props })) {
      if (!("containers" in value)) continue;
      const tolerated = list(value["tolerations"]).some((one) => at(one, "key") === GPU);
      const limited = list(value["containers"]).some((one) => at(one, "resources", "limits", GPU) !== undefined);
      if (tolerated && !limited) report(`${where} tolerates ${GPU} without a limit of it: it would occupy a GPU node`);
      if (limited && !tolerated) report(`${where} requests ${GPU} and does not tolerate the taint: it would never run`);
    }
  },
});

/** No stack can have more GPU nodes than agreed. */
export const gpuNodes = ({ gpuNodes: agreed, gpuNodesElsewhere }: Allowances): StackValidationPolicy =>
  mandatory({
    name: "gpu-nodes",
    description: "The GPU node groups of a stack cannot grow beyond the agreed number of nodes.",
    validateStack: ({ resources }, report) => {
      const groups = resources.filter(
        ({ type, props }) => type === "aws:eks/nodeGroup:NodeGroup" && String(at(props, "amiType")).includes("NVIDIA"),
      );
      const [first] = groups;
      if (first === undefined) return;
      const stack = stackOf(first);
      const limit = agreed[stack] ?? gpuNodesElsewhere;
      const nodes = groups.reduce(
        (sum, { props }) => sum + Number(at(props, "scalingConfig", "maxSize") ?? Infinity),
        0,
      );
      if (nodes > limit) {
        const message = `stack ${stack} can grow to ${nodes} GPU nodes, ${limit} were agreed; lower aws.gpuNodes.maxSize`;
        report(message, first.urn);
      }
    },
  });
