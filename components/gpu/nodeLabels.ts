import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { PCI_LABEL } from "./readiness";

/** Arguments of NodeLabels. */
export interface NodeLabelsArgs {
  /** Names of the GPU nodes. */
  readonly nodes: readonly string[];
}

/**
 * The three labels that the GPU Operator needs on OpenShift without Node Feature Discovery. Every `pulumi up` reads kernel and system
 * from each node, because an upgrade of OpenShift changes them.
 */
export class NodeLabels extends pulumi.ComponentResource {
  constructor(name: string, args: NodeLabelsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gpu:NodeLabels", name, args, opts);
    for (const node of args.nodes) {
      const found = k8s.core.v1.Node.get(`${name}-${node}`, node, { parent: this });
      const labels = found.status.nodeInfo.apply(({ kernelVersion, osImage }) =>
        rhcosLabels(node, kernelVersion, osImage),
      );
      // The patch owns only these labels, and its deletion removes them.
      new k8s.core.v1.NodePatch(`${name}-${node}`, { metadata: { name: node, labels } }, childOptions(this, opts));
    }
    this.registerOutputs();
  }
}

/**
 * Labels of a node with Red Hat Enterprise Linux CoreOS. Its OSTREE_VERSION is part of the name of the system:
 * "Red Hat Enterprise Linux CoreOS 416.94.202406172220-0 (Plow)".
 *
 * @throws Error for a node with another system, which has no such version.
 */
export function rhcosLabels(node: string, kernelVersion: string, osImage: string): Record<string, string> {
  const [, version] = /CoreOS (\d[\w.-]*)/.exec(osImage) ?? [];
  if (version === undefined) {
    throw new Error(
      `node ${node} runs "${osImage}", which names no version of Red Hat Enterprise Linux CoreOS; set ` +
        "llm-d:gpu.olm.nfd to operator",
    );
  }
  return {
    [PCI_LABEL]: "true",
    "feature.node.kubernetes.io/kernel-version.full": kernelVersion,
    "feature.node.kubernetes.io/system-os_release.OSTREE_VERSION": version,
  };
}
