import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import type { Allowances } from "../allowances";
import { at, list, objects, stackOf, RELEASE } from "./support";

/** Extended resource and taint of nodes with GPUs. */
const GPU = "nvidia.com/gpu";

/** Instances answer for their metadata to session tokens only, and not to pods. */
export const instanceMetadata: ResourceValidationPolicy = {
  name: "instance-metadata",
  description:
    "Instances ask for IMDSv2 and let no answer get further than one hop, so that no pod takes on their role.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    if (type !== "aws:ec2/launchTemplate:LaunchTemplate" && type !== "aws:ec2/instance:Instance") return;
    const options = at(props, "metadataOptions");
    if (at(options, "httpTokens") !== "required") report(`${name}: set metadataOptions.httpTokens to required`);
    if (at(options, "httpPutResponseHopLimit") !== 1)
      report(`${name}: set metadataOptions.httpPutResponseHopLimit to 1`);
  },
};

/** Whether a list of tolerations lets a pod onto GPU nodes. */
function toleratesGpu(tolerations: unknown): boolean {
  return list(tolerations).some((one) => at(one, "key") === GPU);
}

/** Whether one of the containers has a limit of GPUs; for extended resources the limit is what counts. */
function limitsGpu(containers: unknown): boolean {
  return list(containers).some((one) => at(one, "resources", "limits", GPU) !== undefined);
}

/** Kinds of which one runs on each node, whatever the node is for. */
const ON_EACH_NODE = "kubernetes:apps/v1:DaemonSet";

/** What may run on a GPU node uses GPUs, and what uses GPUs may run there. */
export const gpuPods: ResourceValidationPolicy = {
  name: "gpu-pods",
  description: "What tolerates the taint of GPU nodes has a GPU limit, and the other way round.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    if (!type.startsWith("kubernetes:") || type === ON_EACH_NODE) return;
    const inside = type === RELEASE ? at(props, "values") : at(props, "spec");
    for (const { path, value } of objects(inside)) {
      if (!("containers" in value)) continue;
      const where = `${name}${path === "" ? "" : `, ${path}`}`;
      const tolerated = toleratesGpu(value["tolerations"]);
      const limited = limitsGpu(value["containers"]);
      if (tolerated && !limited) report(`${where} tolerates ${GPU} without a limit of it: it would take up a GPU node`);
      if (limited && !tolerated) report(`${where} asks for ${GPU} and does not tolerate the taint: it would never run`);
    }
  },
};

/** No stack can grow to more GPU nodes than was agreed. */
export const gpuNodes = ({ gpuNodes: agreed, gpuNodesElsewhere }: Allowances): StackValidationPolicy => ({
  name: "gpu-nodes",
  description: "The node groups with GPUs of a stack cannot grow beyond the number agreed for it.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const groups = resources.filter(
      ({ type, props }) => type === "aws:eks/nodeGroup:NodeGroup" && String(at(props, "amiType")).includes("NVIDIA"),
    );
    const [first] = groups;
    if (first === undefined) return;
    const stack = stackOf(first);
    const limit = agreed[stack] ?? gpuNodesElsewhere;
    const nodes = groups.reduce((sum, { props }) => sum + Number(at(props, "scalingConfig", "maxSize") ?? Infinity), 0);
    if (nodes > limit) {
      report(
        `stack ${stack} can grow to ${nodes} GPU nodes, ${limit} were agreed; lower aws.gpuNodes.maxSize`,
        first.urn,
      );
    }
  },
});
