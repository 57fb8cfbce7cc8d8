import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../../../components/childOptions";
import { checkNodes, type CommonNodeArgs, nodeGroup } from "./nodeGroup";

/** Arguments of the system nodes. */
export type SystemNodesArgs = CommonNodeArgs;

/** Nodes for all pods but model servers: istiod, gateways, endpoint pickers, controllers and monitoring. */
export class SystemNodes extends pulumi.ComponentResource {
  readonly nodeGroupName: pulumi.Output<string>;

  /** @throws InputPropertiesError when the sizes are out of order */
  constructor(name: string, args: SystemNodesArgs, opts?: pulumi.ComponentResourceOptions) {
    checkNodes("system nodes", args);
    super("llmd:aws:SystemNodes", name, args, opts);

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
