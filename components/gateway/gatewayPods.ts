import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";

/** Arguments of GatewayPods. */
export interface GatewayPodsArgs {
  readonly namespace: pulumi.Input<string>;
  /** Name of the Gateway, which may be created later. */
  readonly gatewayName: string;
  /** How long a proxy that ends may take to finish its requests, in seconds. */
  readonly drainSeconds: number;
  /** Networks from which the load balancer accepts connections; any when empty. */
  readonly allowedCidrs: readonly string[];
}

/**
 * Settings that Istio merges into the Deployment and the Service of a Gateway, because the Gateway API has none for them. A
 * proxy ends with its last connection (`istioValues.ts`); here is how long that may take.
 */
export class GatewayPods extends pulumi.ComponentResource {
  /** Name of the ConfigMap, for the Gateway's `infrastructure.parametersRef`. */
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
