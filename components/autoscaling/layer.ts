import type * as pulumi from "@pulumi/pulumi";
import { Keda } from "./keda";
import { ModelScaling } from "./modelScaling";
import { crdsOf } from "../crds/crdBundle";
import { modelFullName, modelNames } from "../naming";
import type { LayerContext } from "../layerContext";
import type { AutoscalingConfig, ScaledModel } from "./settings";

/** How long to wait for KEDA, images included, in seconds. */
const KEDA_TIMEOUT_SECONDS = 600;

/** How long to wait until KEDA scales a model, in seconds. */
const FOLLOW_TIMEOUT_SECONDS = 300;

/** The part of the configuration that autoscaling is made from. */
export interface AutoscalingLayerConfig {
  readonly namespace: string;
  readonly autoscaling: AutoscalingConfig;
  readonly models: readonly ScaledModel[];
}

/** Arguments of the autoscaling layer. */
export interface AutoscalingLayerArgs {
  /** Ordinary nodes. */
  readonly nodes: readonly pulumi.Resource[];
  /** URL of Prometheus inside the cluster. Without it no model may be autoscaled. */
  readonly prometheusUrl: pulumi.Output<string> | undefined;
  /** The replicas of each model, in the order of the configuration. */
  readonly modelServers: readonly pulumi.Resource[];
}

/** Makes KEDA and a scaled object for each autoscaled model. Makes nothing if no model is autoscaled. */
export function autoscalingLayer(
  { bundles, installation, inCluster }: LayerContext,
  config: AutoscalingLayerConfig,
  args: AutoscalingLayerArgs,
): void {
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
