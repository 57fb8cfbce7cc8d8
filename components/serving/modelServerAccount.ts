import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";

/** Arguments of the model servers' account. */
export interface ModelServerAccountArgs {
  readonly namespace: pulumi.Input<string>;
  /** The account's name in Kubernetes. @default the name of the component */
  readonly accountName?: string;
}

/**
 * The ServiceAccount of model servers. Its pods get no token: they never call the API server, and
 * code that a model brings must not call it either. The chart's own account would give them a token.
 */
export class ModelServerAccount extends pulumi.ComponentResource {
  /** The account's name, known once it exists. */
  readonly accountName: pulumi.Output<string>;

  constructor(name: string, args: ModelServerAccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:serving:ModelServerAccount", name, args, opts);
    const account = new k8s.core.v1.ServiceAccount(
      name,
      {
        metadata: { name: args.accountName ?? name, namespace: args.namespace },
        automountServiceAccountToken: false,
      },
      childOptions(this, opts),
    );
    this.accountName = account.metadata.name;
    this.registerOutputs({ accountName: this.accountName });
  }
}
