import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { ROUTE_ACCEPTED } from "./routeAccepted";

/** One model behind the route. */
export interface RoutedModel {
  /** The InferencePool that requests go to. */
  readonly poolName: pulumi.Input<string>;
  /** API group of the pool's kind; a route that names another one finds no pool. */
  readonly poolGroup: string;
  /** What paths start with for this model, and what is taken off again; `""` for everything. */
  readonly pathPrefix: string;
}

/** Arguments of the route. */
export interface InferenceRouteArgs {
  /** Name of the HTTPRoute. */
  readonly routeName: string;
  readonly namespace: pulumi.Input<string>;
  /** The Gateway to attach to. */
  readonly gatewayName: pulumi.Input<string>;
  /** The models, at least one, each with a path prefix of its own. */
  readonly models: readonly RoutedModel[];
  /** How long to wait until the gateway accepts it, in seconds. */
  readonly timeoutSeconds: number;
}

/**
 * The route from the gateway to the models' inference pools, with a rule for each. One route for all: Istio 1.27 merges the
 * HTTPRoutes of a host and keeps the endpoint pickers of the oldest alone (mergeHTTPRoutes in its gateway controller), so
 * that Envoy itself would balance the requests of the others, with every condition saying Accepted.
 */
export class InferenceRoute extends pulumi.ComponentResource {
  /** Name of the HTTPRoute, known once it is accepted. */
  readonly routeName: pulumi.Output<string>;

  constructor(name: string, args: InferenceRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:InferenceRoute", name, {}, opts);
    const route = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "HTTPRoute",
        metadata: {
          name: args.routeName,
          namespace: args.namespace,
          annotations: { "pulumi.com/waitFor": ROUTE_ACCEPTED },
        },
        spec: {
          parentRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: args.gatewayName }],
          rules: args.models.map(rule),
        },
      },
      {
        ...childOptions(this, opts),
        customTimeouts: { create: `${args.timeoutSeconds}s`, update: `${args.timeoutSeconds}s` },
      },
    );
    this.routeName = route.metadata.name;
    this.registerOutputs({ routeName: this.routeName });
  }
}

/** A model's rule. The longest prefix that fits wins, whatever the order (Gateway API, HTTPRouteRule). */
function rule({ pathPrefix, poolGroup, poolName }: RoutedModel): Record<string, unknown> {
  const rewrite = {
    type: "URLRewrite",
    urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } },
  };
  return {
    matches: [{ path: { type: "PathPrefix", value: pathPrefix === "" ? "/" : pathPrefix } }],
    ...(pathPrefix === "" ? {} : { filters: [rewrite] }),
    backendRefs: [{ group: poolGroup, kind: "InferencePool", name: poolName, weight: 1 }],
    // A long completion may stream for minutes; no limit suits all models, clients set their own.
    timeouts: { request: "0s" },
  };
}
