import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import type { Installation } from "../installation";
import { gatewayOwnership } from "./gatewayOwnership";
import type { GatewayConfig } from "./settings";

/** Settings of the gateway. */
type GatewaySettings = Pick<GatewayConfig, "className" | "name" | "port" | "exposure" | "hostname" | "timeoutSeconds">;

/** Where TLS is terminated: at the gateway, with a Secret of its namespace, or before it at the load balancer. */
export type GatewayTermination =
  | { readonly at: "gateway"; readonly secretName: pulumi.Input<string> }
  | { readonly at: "loadBalancer"; readonly annotations: Readonly<Record<string, string>> };

/** Arguments of the inference gateway. */
export interface InferenceGatewayArgs {
  readonly installation: Installation;
  readonly namespace: pulumi.Input<string>;
  readonly gateway: GatewaySettings;
  /**
   * Where TLS is terminated.
   *
   * @default requests are in plain text
   */
  readonly tls?: GatewayTermination;
  /**
   * Additional host names by listener name, on the same port and with the same certificate. Models' routes then need `listener`: a
   * route without sectionName attaches to every listener.
   *
   * @default none
   */
  readonly moreHosts?: Readonly<Record<string, string>>;
  /** ConfigMap of `GatewayPods`. */
  readonly parametersName?: pulumi.Input<string>;
  /**
   * Type of its Service; `ClusterIP` behind something else, such as a Route.
   *
   * @default LoadBalancer
   */
  readonly serviceType?: "LoadBalancer" | "ClusterIP";
  /** The cloud of its load balancer; undefined where the program does not know it. */
  readonly cloud?: KnownCloud;
  /** Annotations of its Service that the platform's load balancers need, besides those for its exposure. */
  readonly serviceAnnotations?: Readonly<Record<string, string>>;
}

/** Limit of annotations in `spec.infrastructure` of a Gateway: `maxProperties` in its CRD. */
const MAX_ANNOTATIONS = 8;

/** The part of a Gateway's status that is used. */
interface GatewayStatus {
  readonly addresses?: readonly { readonly type?: string; readonly value?: string }[];
}

/** A Gateway with its status, for which the SDK's class for custom resources has no type. */
interface GatewayResource extends k8s.apiextensions.CustomResource {
  readonly status: pulumi.Output<GatewayStatus | undefined>;
}

/** The gateway for requests from outside. Istio creates its Envoy proxies and its load balancer. */
export class InferenceGateway extends pulumi.ComponentResource {
  /** Name of the Gateway, for routes to attach to; known once it is programmed. */
  readonly gatewayName: pulumi.Output<string>;
  /** IP address or host name of its load balancer, for the DNS record of its host name. */
  readonly address: pulumi.Output<string>;
  readonly namespace: pulumi.Output<string>;
  /** Name of the Service that Istio creates, known once it is programmed. Its service account has the same name. */
  readonly serviceName: pulumi.Output<string>;
  /** Name of the listener, and of the Service's port, which Istio names after the listener. */
  readonly portName: string;
  /** URL for requests, such as `http://10.0.0.1:8080` or `https://llm.example.com`. */
  readonly url: pulumi.Output<string>;

  /** @throws InputPropertyError when its Service would need more annotations than a Gateway takes. */
  constructor(name: string, args: InferenceGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    const { gateway: settings, tls } = args;
    const annotations = {
      ...exposureAnnotations(settings.exposure, args.cloud),
      ...args.serviceAnnotations,
      ...(tls?.at === "loadBalancer" ? tls.annotations : {}),
    };
    if (Object.keys(annotations).length > MAX_ANNOTATIONS) {
      const reason =
        `the Gateway's Service would need ${Object.keys(annotations).length} annotations, and a Gateway takes ` +
        `${MAX_ANNOTATIONS}: ${Object.keys(annotations).join(", ")}`;
      throw new pulumi.InputPropertyError({ propertyPath: "serviceAnnotations", reason });
    }
    super("llmd:gateway:InferenceGateway", name, args, opts);
    const own = tls?.at === "gateway" ? "https" : "http";
    const listener = (name: string, hostname: string | undefined) => ({
      name,
      ...(tls?.at === "gateway"
        ? {
            protocol: "HTTPS",
            tls: { mode: "Terminate", certificateRefs: [{ group: "", kind: "Secret", name: tls.secretName }] },
          }
        : { protocol: "HTTP" }),
      port: settings.port,
      ...(hostname === undefined ? {} : { hostname }),
      allowedRoutes: { namespaces: { from: "Same" } },
    });

    const gateway = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "Gateway",
        metadata: {
          name: settings.name,
          namespace: args.namespace,
          annotations: {
            "pulumi.com/waitFor": "condition=Programmed",
            // Istio reads it here and not from the infrastructure's annotations, which are for the objects that it creates.
            ...(args.serviceType === "ClusterIP" ? { "networking.istio.io/service-type": "ClusterIP" } : {}),
          },
        },
        spec: {
          gatewayClassName: settings.className,
          // Always set: without it Istio copies the Gateway's own annotations to all objects that it creates.
          infrastructure: {
            annotations,
            ...(args.parametersName === undefined
              ? {}
              : { parametersRef: { group: "", kind: "ConfigMap", name: args.parametersName } }),
          },
          listeners: [
            listener(own, settings.hostname),
            ...Object.entries(args.moreHosts ?? {}).map(([name, hostname]) => listener(name, hostname)),
          ],
        },
        // Not an input: the SDK resolves only the properties that are named here.
        status: undefined,
      },
      {
        ...childOptions(this, opts),
        hooks: gatewayOwnership(args.installation),
        customTimeouts: {
          create: `${settings.timeoutSeconds}s`,
          update: `${settings.timeoutSeconds}s`,
          delete: `${settings.timeoutSeconds}s`,
        },
      },
    ) as GatewayResource;

    this.gatewayName = gateway.metadata.name;
    this.address = gateway.status.apply((status) => {
      const address = status?.addresses?.[0]?.value;
      if (address === undefined) throw new Error(`Gateway ${settings.name} is programmed but has no address`);
      return address;
    });
    this.url = this.address.apply((address) => gatewayUrl(address, { ...settings, tls: tls !== undefined }));
    this.namespace = gateway.metadata.namespace;
    this.serviceName = this.gatewayName.apply((gatewayName) => gatewayAccount({ ...settings, name: gatewayName }));
    this.portName = own;
    this.registerOutputs({
      gatewayName: this.gatewayName,
      serviceName: this.serviceName,
      address: this.address,
      url: this.url,
    });
  }
}

/** Name of a gateway's Deployment, Service and service account (Istio's `getDefaultName`). */
export function gatewayAccount({ name, className }: Pick<GatewaySettings, "name" | "className">): string {
  return `${name}-${className}`;
}

/** The parts of the gateway's URL. */
interface UrlParts {
  readonly port: number;
  readonly hostname?: string;
  readonly tls: boolean;
}

/**
 * The gateway's URL, with its host name if it has one, else with the address of its load balancer.
 *
 * @param address Host name or IP address from the Gateway's status.
 */
export function gatewayUrl(address: string, { port, hostname, tls }: UrlParts): string {
  const host = hostname ?? address;
  const literal = host.includes(":") ? `[${host}]` : host;
  const [scheme, usual] = tls ? ["https", 443] : ["http", 80];
  return port === usual ? `${scheme}://${literal}` : `${scheme}://${literal}:${port}`;
}

/** A cloud that is known to provide the gateway's load balancer. */
type KnownCloud = "aws";

/**
 * Annotations of the gateway's Service. Each cloud has its own and ignores those of the others, so an existing cluster needs no
 * setting for its cloud. A known cloud gets only its own, because more might not fit: a Gateway takes eight.
 */
export function exposureAnnotations(exposure: GatewaySettings["exposure"], cloud?: KnownCloud): Record<string, string> {
  const internal = exposure === "internal";
  const scheme = { "service.beta.kubernetes.io/aws-load-balancer-scheme": exposure };
  if (cloud === "aws") return scheme;
  return {
    ...scheme,
    // Read by Kubernetes' own AWS provider, which creates the balancer where there is no AWS Load Balancer Controller.
    ...(internal ? { "service.beta.kubernetes.io/aws-load-balancer-internal": "true" } : {}),
    "service.beta.kubernetes.io/azure-load-balancer-internal": String(internal),
    // Google has no value for its default, the external kind.
    ...(internal ? { "networking.gke.io/load-balancer-type": "Internal" } : {}),
  };
}
