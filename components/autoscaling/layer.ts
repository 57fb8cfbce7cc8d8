import type * as pulumi from "@pulumi/pulumi";
import { Keda } from "./keda";
import { ModelScaling } from "./modelScaling";
import { crdsOf } from "../charts/crdBundle";
import { modelFullName, modelNames } from "../naming";
import type { ModelServer } from "../serving/modelServer";
import type { LayerContext } from "../layerContext";

/** How long to wait for KEDA, images included, in seconds. */
const KEDA_TIMEOUT_SECONDS = 600;

/** How long to wait until KEDA has accepted a ScaledObject, in seconds. */
const FOLLOW_TIMEOUT_SECONDS = 300;

/** Arguments of the autoscaling layer. */
export interface AutoscalingLayerArgs {
  /** Ordinary nodes. */
  readonly nodes: readonly pulumi.Resource[];
  /** URL of Prometheus inside the cluster; without it no model can be autoscaled. */
  readonly prometheusUrl: pulumi.Output<string> | undefined;
  /** The replicas of each model, in the order of the configuration. */
  readonly modelServers: readonly ModelServer[];
}

/** KEDA and a ScaledObject for each autoscaled model; nothing without such models. */
export function autoscalingLayer(context: LayerContext, args: AutoscalingLayerArgs): void {
  const { config, bundles, installation, inCluster } = context;
  const { prometheusUrl } = args;
  if (prometheusUrl === undefined || config.models.every(({ autoscaling }) => autoscaling === undefined)) return;
  const keda =
    config.autoscaling.operator === "preinstalled"
      ? []
      : [
          new Keda(
            "keda",
            {
              installation,
              crds: crdsOf(bundles, "keda-crds"),
              watched: config.namespace,
              values: config.autoscaling.values,
              timeoutSeconds: KEDA_TIMEOUT_SECONDS,
            },
            { ...inCluster, dependsOn: [...args.nodes] },
          ),
        ];
  config.models.forEach(({ id, autoscaling }, index) => {
    const modelServer = args.modelServers[index];
    if (autoscaling === undefined || modelServer === undefined) return;
    const { modelRelease } = modelNames(id);
    new ModelScaling(
      `${modelRelease}-scaling`,
      {
        settings: autoscaling,
        namespace: config.namespace,
        deployment: `${modelFullName(modelRelease)}-decode`,
        prometheusUrl,
        timeoutSeconds: FOLLOW_TIMEOUT_SECONDS,
      },
      { ...inCluster, dependsOn: [modelServer, ...keda] },
    );
  });
}
