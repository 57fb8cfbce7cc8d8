import type * as pulumi from "@pulumi/pulumi";
import type { PooledRelease } from "../endpointPicker/layer";
import type { LayerContext } from "../layerContext";
import { INFERENCE_ROUTE } from "../naming";
import { InferenceRoute, type RoutedModel } from "./inferenceRoute";

/** How long to wait for the gateway to accept the route, in seconds. */
const TIMEOUT_SECONDS = 300;

/** Arguments of the route layer. */
export interface RouteLayerArgs {
  readonly namespace: pulumi.Input<string>;
  readonly gatewayName: pulumi.Input<string>;
  /** The listener to attach to. @default all */
  readonly listener?: string;
  /** The releases of every model: first the model itself, then its canary. */
  readonly pools: readonly PooledRelease[];
}

/**
 * Makes the route from the gateway to the pools of all models. The route waits until a canary
 * is ready. It does not wait for the model itself.
 */
export function routeLayer({ inCluster, installation }: LayerContext, args: RouteLayerArgs): InferenceRoute {
  const { namespace, gatewayName, listener, pools } = args;
  const models: RoutedModel[] = [];
  const dependsOn: pulumi.Resource[] = [];
  for (const { names, weight, pool, server } of pools) {
    const { poolName, poolGroup } = pool;
    const stable = models.at(-1);
    if (weight === undefined) models.push({ poolName, poolGroup, pathPrefix: names.pathPrefix });
    else if (stable !== undefined) models[models.length - 1] = { ...stable, canary: { poolName, poolGroup, weight } };
    dependsOn.push(pool, ...(weight === undefined ? [] : [server]));
  }
  return new InferenceRoute(
    INFERENCE_ROUTE,
    {
      installation,
      routeName: INFERENCE_ROUTE,
      namespace,
      gatewayName,
      ...(listener === undefined ? {} : { listener }),
      models,
      timeoutSeconds: TIMEOUT_SECONDS,
    },
    { ...inCluster, dependsOn },
  );
}
