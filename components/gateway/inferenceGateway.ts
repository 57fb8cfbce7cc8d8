import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";

/** Settings of the gateway. */
export interface GatewaySettings {
  /** The GatewayClass, `istio`. */
  readonly className: string;
  readonly name: string;
  /** TCP port of the HTTP listener. */
  readonly port: number;
  /** Whether its load balancer has an address inside the network only, or a public one. */
  readonly exposure: "internal" | "internet-facing";
  /** Host name that requests have to carry; any when undefined. */
  readonly hostname?: string;
  /** How long to wait until it is programmed, in seconds. */
  readonly timeoutSeconds: number;
}

/** Arguments of the inference gateway. */
export interface InferenceGatewayArgs {
  readonly namespace: pulumi.Input<string>;
  readonly gateway: GatewaySettings;
  /** Annotations of its Service that the platform's load balancers need, beside those for its exposure. */
  readonly serviceAnnotations?: Readonly<Record<string, string>>;
}

/** The part of a Gateway's status that is used. */
interface GatewayStatus {
  readonly addresses?: readonly { readonly type?: string; readonly value?: string }[];
}

/** A Gateway with its status, which the SDK's class for custom resources has no type for. */
interface GatewayResource extends k8s.apiextensions.CustomResource {
  readonly status: pulumi.Output<GatewayStatus | undefined>;
}

/** The gateway that requests come in through. Istio makes its Envoy proxies and its load balancer. */
export class InferenceGateway extends pulumi.ComponentResource {
  /** Name of the Gateway, for routes to attach to; known once it is programmed. */
  readonly gatewayName: pulumi.Output<string>;
  /** Where requests go, such as `http://10.0.0.1` or `http://10.0.0.1:8080`. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: InferenceGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:gateway:InferenceGateway", name, {}, opts);
    const { gateway: settings } = args;

    const gateway = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "Gateway",
        metadata: {
          name: settings.name,
          namespace: args.namespace,
          annotations: { "pulumi.com/waitFor": "condition=Programmed" },
        },
        spec: {
          gatewayClassName: settings.className,
          // Set even where it adds little: without it Istio copies the Gateway's own annotations to all it makes.
          infrastructure: {
            annotations: { ...exposureAnnotations(settings.exposure), ...args.serviceAnnotations },
          },
          listeners: [
            {
              name: "http",
              protocol: "HTTP",
              port: settings.port,
              ...(settings.hostname === undefined ? {} : { hostname: settings.hostname }),
              allowedRoutes: { namespaces: { from: "Same" } },
            },
          ],
        },
        // Not an input: naming it makes the SDK resolve the property of the same name.
        status: undefined,
      },
      {
        ...childOptions(this, opts),
        customTimeouts: {
          create: `${settings.timeoutSeconds}s`,
          update: `${settings.timeoutSeconds}s`,
          delete: `${settings.timeoutSeconds}s`,
        },
      },
    ) as GatewayResource;

    this.gatewayName = gateway.metadata.name;
    this.url = gateway.status.apply((status) => gatewayUrl(status?.addresses?.[0]?.value, settings));
    this.registerOutputs({ gatewayName: this.gatewayName, url: this.url });
  }
}

/**
 * The gateway's URL.
 *
 * @param address Host name or IP address from the Gateway's status.
 */
export function gatewayUrl(
  address: string | undefined,
  settings: Pick<GatewaySettings, "name" | "port" | "hostname">,
): string {
  const host = settings.hostname !== undefined && !settings.hostname.startsWith("*") ? settings.hostname : address;
  if (host === undefined) {
    throw new Error(`Gateway ${settings.name} is programmed but has no address in its status`);
  }
  const literal = host.includes(":") ? `[${host}]` : host;
  return settings.port === 80 ? `http://${literal}` : `http://${literal}:${settings.port}`;
}

/**
 * Annotations of the gateway's Service. Each cloud has its own for the same thing and ignores those of the others, so a
 * cluster that exists needs no setting that says where it runs.
 */
export function exposureAnnotations(exposure: GatewaySettings["exposure"]): Record<string, string> {
  const internal = exposure === "internal";
  return {
    "service.beta.kubernetes.io/aws-load-balancer-scheme": exposure,
    // Without the AWS Load Balancer Controller it is Kubernetes' own that makes the balancer, and this is what it reads.
    ...(internal ? { "service.beta.kubernetes.io/aws-load-balancer-internal": "true" } : {}),
    "service.beta.kubernetes.io/azure-load-balancer-internal": String(internal),
    // The external kind is Google's default and has no value of its own to set.
    ...(internal ? { "networking.gke.io/load-balancer-type": "Internal" } : {}),
  };
}
