import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";

/** Arguments of the model servers' account. */
export interface ModelServerAccountArgs {
  readonly namespace: pulumi.Input<string>;
}

/**
 * The ServiceAccount of model servers, with the component's name. Its pods get no token: they never call the API server, and
 * code that a model brings must not call it either. The chart's own account would give them a token.
 */
export class ModelServerAccount extends pulumi.ComponentResource {
  /** The account's name, known once it exists. */
  readonly accountName: pulumi.Output<string>;

  constructor(name: string, args: ModelServerAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:serving:ModelServerAccount", name, args, opts);
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: { name, namespace: args.namespace }, automountServiceAccountToken: false },
      childOptions(this, opts),
    );
    this.accountName = account.metadata.name;
    this.registerOutputs({ accountName: this.accountName });
  }
}
