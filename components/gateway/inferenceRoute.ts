import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import type { Installation } from "../installation";
import { ROUTE_ACCEPTED } from "./routeAccepted";
import { routeFollowed } from "./routeFollowed";
import { type HeaderMatch, releaseMatches } from "./trafficSplit";

/** An InferencePool that requests go to. */
interface RoutedPool {
  readonly poolName: pulumi.Input<string>;
  /** API group of the pool's kind; a route with another group finds no pool. */
  readonly poolGroup: string;
}

/** One model behind the route. */
export interface RoutedModel extends RoutedPool {
  /** A second release of the model, and its share of the requests, in percent. */
  readonly canary?: RoutedPool & { readonly weight: number };
  /** Prefix of the paths for this model, which the route removes; `""` for every path. */
  readonly pathPrefix: string;
}

/** Arguments of the route. */
export interface InferenceRouteArgs {
  readonly installation: Installation;
  /** Name of the HTTPRoute. */
  readonly routeName: string;
  readonly namespace: pulumi.Input<string>;
  /** The Gateway to attach to. */
  readonly gatewayName: pulumi.Input<string>;
  /**
   * The listener to attach to. A route without sectionName attaches to every listener.
   *
   * @default all listeners
   */
  readonly listener?: string;
  /** The models, each with another path prefix. */
  readonly models: readonly RoutedModel[];
  /** How long to wait until the gateway accepts it, in seconds. */
  readonly timeoutSeconds: number;
}

/**
 * The route from the gateway to the models' InferencePools, with a rule for each. All models share one route: Istio 1.27 merges the
 * HTTPRoutes of a host, and keeps only the endpoint pickers of the oldest (mergeHTTPRoutes in its gateway controller). Envoy itself
 * would balance the requests of the others, although each route has the condition Accepted.
 */
export class InferenceRoute extends pulumi.ComponentResource {
  /** Name of the HTTPRoute, known once it is accepted. */
  readonly routeName: pulumi.Output<string>;

  constructor(name: string, args: InferenceRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:InferenceRoute", name, args, opts);
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
          parentRefs: [
            {
              group: "gateway.networking.k8s.io",
              kind: "Gateway",
              name: args.gatewayName,
              ...(args.listener === undefined ? {} : { sectionName: args.listener }),
            },
          ],
          rules: args.models.flatMap(modelRules),
        },
      },
      {
        ...childOptions(this, opts),
        hooks: routeFollowed(args.installation, args.timeoutSeconds),
        customTimeouts: { create: `${args.timeoutSeconds}s`, update: `${args.timeoutSeconds}s` },
      },
    );
    this.routeName = route.metadata.name;
    this.registerOutputs({ routeName: this.routeName });
  }
}

/** A model's rules. The longest matching prefix wins, in any order (Gateway API, HTTPRouteRule). */
function modelRules({ pathPrefix, canary, ...stable }: RoutedModel): Record<string, unknown>[] {
  if (canary === undefined) return [poolRule(pathPrefix, stable, [[]])];
  const matches = releaseMatches(canary.weight);
  return [poolRule(pathPrefix, stable, matches.stable), poolRule(pathPrefix, canary, matches.canary)];
}

function poolRule(
  pathPrefix: string,
  { poolGroup, poolName }: RoutedPool,
  matches: readonly (readonly HeaderMatch[])[],
): Record<string, unknown> {
  const rewrite = {
    type: "URLRewrite",
    urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } },
  };
  return {
    matches: matches.map((headers) => ({
      path: { type: "PathPrefix", value: pathPrefix === "" ? "/" : pathPrefix },
      ...(headers.length === 0 ? {} : { headers }),
    })),
    ...(pathPrefix === "" ? {} : { filters: [rewrite] }),
    backendRefs: [{ group: poolGroup, kind: "InferencePool", name: poolName, weight: 1 }],
    // A long completion may stream for minutes. No limit fits all models; clients set their own.
    timeouts: { request: "0s" },
  };
}
