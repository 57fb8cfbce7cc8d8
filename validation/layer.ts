import * as pulumi from "@pulumi/pulumi";
import { modelNames } from "../components/naming";
import { CacheHitValidation } from "./cacheHitValidation";
import { settingsOf } from "./runSettings";
import { imageReference } from "../stacks/versions";
import type { LayerContext } from "../components/layerContext";

/** What a validation is made in and waits for. */
export interface ValidationLayerArgs {
  readonly namespace: pulumi.Input<string>;
  /** The gateway's Service, which is where requests from inside of the cluster go. */
  readonly gatewayService: pulumi.Input<string>;
  readonly gatewayPort: number;
  /** The model servers and their routes. */
  readonly dependsOn: readonly pulumi.Resource[];
}

/** The validation inside of the cluster, after everything that serves; nothing unless it is asked for. */
export function validationLayer({ config, inCluster }: LayerContext, args: ValidationLayerArgs): void {
  const { validation, models, endpointPicker, versions, gateway } = config;
  if (!validation.onUp && !validation.tekton) return;
  const { namespace, gatewayService, gatewayPort, dependsOn } = args;
  const hostname: Record<string, string> = gateway.hostname === undefined ? {} : { host: gateway.hostname };
  const settings = pulumi.interpolate`http://${gatewayService}.${namespace}.svc.cluster.local:${gatewayPort}`.apply(
    (url) =>
      settingsOf({ ...config, validation: { ...validation, headers: { ...hostname, ...validation.headers } } }, url),
  );
  new CacheHitValidation(
    "cache-hit-validation",
    {
      namespace,
      image: imageReference(versions.images.node),
      settings,
      pickerConfigMaps: models.map(({ id }) => `${modelNames(id).poolRelease}-epp`),
      job: validation.onUp,
      tekton: validation.tekton,
      subject: JSON.stringify({ models, endpointPicker, images: versions.images }),
      timeoutSeconds: validation.timeoutSeconds,
    },
    { ...inCluster, dependsOn: [...dependsOn] },
  );
}
