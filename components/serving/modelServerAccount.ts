import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { MODEL_SERVER_ACCOUNT } from "../naming";

/** Arguments of the model servers' account. */
export interface ModelServerAccountArgs {
  readonly namespace: pulumi.Input<string>;
}

/**
 * The ServiceAccount of all model servers. Its pods get no token: they never talk to the API server, and code that comes with
 * a model should not either. The chart's own account would give them one.
 */
export class ModelServerAccount extends pulumi.ComponentResource {
  /** Known once it exists. */
  readonly accountName: pulumi.Output<string>;

  constructor(name: string, args: ModelServerAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:serving:ModelServerAccount", name, {}, opts);
    const account = new k8s.core.v1.ServiceAccount(
      name,
      {
        metadata: { name: MODEL_SERVER_ACCOUNT, namespace: args.namespace },
        automountServiceAccountToken: false,
      },
      childOptions(this, opts),
    );
    this.accountName = account.metadata.name;
    this.registerOutputs({ accountName: this.accountName });
  }
}
