import * as pulumi from "@pulumi/pulumi";
import { modelNames } from "../components/naming";
import { CacheHitValidation } from "./cacheHitValidation";
import { settingsOf } from "./runSettings";
import { type ImagePin, imageReference } from "../components/charts/images";
import type { EndpointPickerConfig } from "../components/endpointPicker/settings";
import type { GatewayConfig } from "../components/gateway/settings";
import type { ModelConfig } from "../components/serving/settings";
import type { ValidationConfig } from "./settings";
import type { LayerContext } from "../components/layerContext";

/** The part of the configuration that a validation is made from. */
export interface ValidationLayerConfig {
  readonly namespace: string;
  readonly validation: ValidationConfig;
  readonly models: readonly ModelConfig[];
  readonly endpointPicker: EndpointPickerConfig;
  readonly gateway: GatewayConfig;
  readonly versions: {
    readonly images: Readonly<Record<"epp" | "vllm" | "pilot" | "proxyv2" | "node" | "cuda", ImagePin>>;
  };
}

/** Arguments of the validation layer. */
export interface ValidationLayerArgs {
  readonly namespace: pulumi.Input<string>;
  /** The Service of the gateway, for requests from inside the cluster. */
  readonly gatewayService: pulumi.Input<string>;
  /** The model servers and their routes. */
  readonly dependsOn: readonly pulumi.Resource[];
}

/** Runs the validation in the cluster after everything it measures. Makes nothing unless a setting enables it. */
export function validationLayer(
  { inCluster }: LayerContext,
  config: ValidationLayerConfig,
  { namespace, gatewayService, dependsOn }: ValidationLayerArgs,
): void {
  const { validation, models, endpointPicker, gateway } = config;
  const { epp, vllm, pilot, proxyv2, node, cuda } = config.versions.images;
  if (!validation.onUp && !validation.tekton) return;
  const hostname: Record<string, string> = gateway.hostname === undefined ? {} : { host: gateway.hostname };
  const settings = pulumi.interpolate`http://${gatewayService}.${namespace}.svc.cluster.local:${gateway.port}`.apply(
    (url) =>
      settingsOf({ ...config, validation: { ...validation, headers: { ...hostname, ...validation.headers } } }, url),
  );
  new CacheHitValidation(
    "cache-hit-validation",
    {
      namespace,
      image: imageReference(node),
      settings,
      pickerConfigMaps: models.map(({ id }) => `${modelNames(id).poolRelease}-epp`),
      job: validation.onUp,
      tekton: validation.tekton,
      // Keep the order of the keys: a changed text makes the validation run again.
      subject: JSON.stringify({ models, endpointPicker, images: { epp, vllm, pilot, proxyv2, node, cuda } }),
      timeoutSeconds: validation.timeoutSeconds,
    },
    { ...inCluster, dependsOn: [...dependsOn] },
  );
}
