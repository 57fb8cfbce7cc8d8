import type * as pulumi from "@pulumi/pulumi";
import { crdsOf } from "../crds/crdBundle";
import { type ImagePin, imageTag } from "../charts/images";
import type { LayerContext } from "../layerContext";
import type { ServedRelease } from "../serving/layer";
import { MODEL_SERVER_PORT } from "../serving/modelValues";
import { EndpointPicker, type EndpointPickerArgs } from "./endpointPicker";
import { InferenceExtension } from "./inferenceExtension";
import type { EndpointPickerConfig } from "./settings";

/** How long to wait for an endpoint picker, its image included, in seconds. */
const TIMEOUT_SECONDS = 600;

/** The part of the configuration that endpoint pickers are made from. */
export interface EndpointPickerLayerConfig {
  readonly endpointPicker: EndpointPickerConfig;
  readonly monitoring: { readonly mode: string };
  readonly versions: Pick<EndpointPickerArgs, "inferencePoolApi"> & { readonly images: { readonly epp: ImagePin } };
}

/** Makes the CRDs of the Inference Extension. */
export function inferenceExtensionLayer({ installation, bundles, inCluster }: LayerContext): InferenceExtension {
  const crds = crdsOf(bundles, "inference-extension");
  return new InferenceExtension("inference-extension", { installation, crds }, inCluster);
}

/** Arguments of the endpoint picker layer. */
export interface EndpointPickerLayerArgs {
  readonly namespace: pulumi.Input<string>;
  readonly gateway: pulumi.Resource;
  readonly served: readonly ServedRelease[];
}

/** One release of a model, with the pool that its requests go to. */
export interface PooledRelease extends ServedRelease {
  readonly pool: EndpointPicker;
}

/** Makes an endpoint picker and a pool for every release of every model. */
export function endpointPickerLayer(
  { installation, inCluster }: LayerContext,
  { endpointPicker, monitoring, versions }: EndpointPickerLayerConfig,
  { namespace, gateway, served }: EndpointPickerLayerArgs,
): readonly PooledRelease[] {
  const { hub, name } = versions.images.epp;
  return served.map((release) => {
    const { names, model } = release;
    const pool = new EndpointPicker(
      names.poolRelease,
      {
        installation,
        releaseName: names.poolRelease,
        namespace,
        endpointPicker,
        image: { hub, name, tag: imageTag(versions.images.epp) },
        inferencePoolApi: versions.inferencePoolApi,
        selector: names.podLabels,
        targetPort: MODEL_SERVER_PORT,
        blockSize: model.blockSize,
        prefixCaching: model.prefixCaching,
        metricsAuthentication: monitoring.mode !== "off",
        rolling: true,
        timeoutSeconds: TIMEOUT_SECONDS,
      },
      { ...inCluster, dependsOn: [gateway] },
    );
    return { ...release, pool };
  });
}
