import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";

/** Arguments of what Istio is told about the pods and the Service that it makes for a Gateway. */
export interface GatewayPodsArgs {
  readonly namespace: pulumi.Input<string>;
  /** Name of the Gateway, which need not exist yet. */
  readonly gatewayName: string;
  /** How long a proxy that is to go may take to finish its requests, in seconds. */
  readonly drainSeconds: number;
  /** Networks that the load balancer takes connections from; any when empty. */
  readonly allowedCidrs: readonly string[];
}

/**
 * What Istio merges into the Deployment and the Service that it makes for a Gateway: their own settings are no part of the
 * Gateway API. How a proxy ends is `istioValues.ts`'s: it waits for its last connection, and here is how long it may.
 */
export class GatewayPods extends pulumi.ComponentResource {
  /** Name of the ConfigMap that the Gateway's `infrastructure.parametersRef` has to name. */
  readonly parametersName: pulumi.Output<string>;

  constructor(name: string, args: GatewayPodsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:GatewayPods", name, args, opts);
    const { namespace, gatewayName, drainSeconds, allowedCidrs } = args;
    const deployment = { spec: { template: { spec: { terminationGracePeriodSeconds: drainSeconds } } } };
    const service = { spec: { loadBalancerSourceRanges: allowedCidrs } };
    const parameters = new k8s.core.v1.ConfigMap(
      name,
      {
        metadata: { name: `${gatewayName}-parameters`, namespace },
        data: {
          deployment: JSON.stringify(deployment),
          ...(allowedCidrs.length === 0 ? {} : { service: JSON.stringify(service) }),
        },
      },
      childOptions(this, opts),
    );
    this.parametersName = parameters.metadata.name;
    this.registerOutputs({ parametersName: this.parametersName });
  }
}
