import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../components/childOptions";
import { ROUTE_ACCEPTED } from "../../components/gateway/routeAccepted";

/** Arguments of GrafanaGatewayRoute. */
export interface GrafanaGatewayRouteArgs {
  /** The Gateway. It accepts routes of its own namespace only. */
  readonly gateway: {
    readonly name: pulumi.Input<string>;
    readonly namespace: pulumi.Input<string>;
    /** A listener for this host name only. A route without sectionName attaches to every listener. */
    readonly listener?: string;
  };
  /** Host name of Grafana. */
  readonly hostname: string;
  readonly service: { readonly name: string; readonly port: number; readonly namespace: string };
  /** How long to wait until the gateway accepts the route, in seconds. */
  readonly timeoutSeconds: number;
}

const GATEWAY_API = "gateway.networking.k8s.io";

/** Grafana at its own host name on the inference gateway, with the ReferenceGrant that lets the route use its Service. */
export class GrafanaGatewayRoute extends pulumi.ComponentResource {
  /** The host name, known once the gateway has accepted the route. */
  readonly hostname: pulumi.Output<string>;

  constructor(name: string, args: GrafanaGatewayRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    const { gateway, service, hostname } = args;
    super("llmd:monitoring:GrafanaGatewayRoute", name, args, opts);

    const grant = new k8s.apiextensions.CustomResource(
      `${name}-grant`,
      {
        apiVersion: `${GATEWAY_API}/v1beta1`,
        kind: "ReferenceGrant",
        metadata: { name, namespace: service.namespace },
        spec: {
          from: [{ group: GATEWAY_API, kind: "HTTPRoute", namespace: gateway.namespace }],
          to: [{ group: "", kind: "Service", name: service.name }],
        },
      },
      childOptions(this, opts),
    );
    const timeout = `${args.timeoutSeconds}s`;
    const route = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: `${GATEWAY_API}/v1`,
        kind: "HTTPRoute",
        metadata: {
          name,
          namespace: gateway.namespace,
          annotations: { "pulumi.com/waitFor": ROUTE_ACCEPTED },
        },
        spec: {
          parentRefs: [
            {
              group: GATEWAY_API,
              kind: "Gateway",
              name: gateway.name,
              sectionName: gateway.listener,
            },
          ],
          hostnames: [hostname],
          rules: [
            {
              backendRefs: [{ kind: "Service", name: service.name, namespace: service.namespace, port: service.port }],
            },
          ],
        },
      },
      { ...childOptions(this, opts, [grant]), customTimeouts: { create: timeout, update: timeout } },
    );
    this.hostname = route.metadata.name.apply(() => hostname);
    this.registerOutputs({ hostname: this.hostname });
  }
}
