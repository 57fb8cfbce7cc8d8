import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../../../components/childOptions";
import { childName } from "../../../../components/component";
import { helmRelease } from "../../../../components/charts/release";
import type { Installation } from "../../../../components/installation";
import type { ChartValues } from "../../../../components/charts/values";
import { GPU_RESOURCE, NODE_GROUP_LABEL } from "./nodeTemplate";

/** Arguments of the EFA device plugin. */
export interface EfaDevicePluginArgs {
  readonly installation: Installation;
  /** How long to wait until it is ready, in seconds. */
  readonly timeoutSeconds: number;
  /**
   * Registry of EKS's images.
   *
   * @default the registry in the chart
   */
  readonly registry?: string;
}

/** Name of the chart and its release. */
const PLUGIN = "aws-efa-k8s-device-plugin";

/** Lets pods request `vpc.amazonaws.com/efa`, the Elastic Fabric Adapters of their node. */
export class EfaDevicePlugin extends pulumi.ComponentResource {
  /** Name of the Helm release, known once it runs on all GPU nodes. */
  readonly releaseName: pulumi.Output<string>;

  constructor(name: string, args: EfaDevicePluginArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:aws:EfaDevicePlugin", name, args, opts);

    const release = helmRelease(
      childName(name, "efa-device-plugin", PLUGIN),
      {
        installation: args.installation,
        chart: PLUGIN,
        releaseName: PLUGIN,
        namespace: "kube-system",
        values: efaDevicePluginValues(args.registry),
        timeoutSeconds: args.timeoutSeconds,
      },
      childOptions(this, opts),
    );

    this.releaseName = release.name;
    this.registerOutputs({ releaseName: this.releaseName });
  }
}

/** Values of the chart. */
export function efaDevicePluginValues(registry?: string): ChartValues {
  return {
    ...(registry === undefined ? {} : { image: { repository: `${registry}/eks/${PLUGIN}` } }),
    nodeSelector: { [NODE_GROUP_LABEL]: "gpu" },
    tolerations: [{ key: GPU_RESOURCE, operator: "Exists", effect: "NoSchedule" }],
  };
}
