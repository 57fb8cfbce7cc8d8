import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../../../components/childOptions";
import { type CommonNodeArgs, nodeGroup } from "./nodeGroup";

/** Arguments of the system nodes. */
export type SystemNodesArgs = CommonNodeArgs;

/** Nodes for istiod, gateways, endpoint pickers, controllers and monitoring: everything but model servers. */
export class SystemNodes extends pulumi.ComponentResource {
  readonly nodeGroupName: pulumi.Output<string>;

  constructor(name: string, args: SystemNodesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { minSize, maxSize, desiredSize } = args;
    if (minSize > desiredSize || desiredSize > maxSize) {
      throw new Error(`system nodes: ${minSize} <= ${desiredSize} <= ${maxSize} does not hold`);
    }
    super("llmd:aws:SystemNodes", name, {}, opts);
    const { group } = nodeGroup(
      name,
      args,
      { kind: "system", group: { amiType: "AL2023_x86_64_STANDARD", capacityType: "ON_DEMAND" } },
      (...more) => childOptions(this, opts, more),
    );
    this.nodeGroupName = group.nodeGroupName;
    this.registerOutputs({ nodeGroupName: this.nodeGroupName });
  }
}
