import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import type { Installation } from "../installation";
import { gatewayOwnership } from "./gatewayOwnership";

/** Settings of the gateway. */
export interface GatewaySettings {
  /** The GatewayClass, `istio`. */
  readonly className: string;
  readonly name: string;
  /** TCP port of the listener. */
  readonly port: number;
  /** Whether its load balancer has an address inside the network only, or a public one. */
  readonly exposure: "internal" | "internet-facing";
  /** Host name that requests have to carry; any when undefined. */
  readonly hostname?: string;
  /** How long to wait until it is programmed, in seconds. */
  readonly timeoutSeconds: number;
}

/** Where TLS ends: at the gateway, with a Secret of its namespace, or before it at the load balancer. */
export type GatewayTermination =
  | { readonly at: "gateway"; readonly secretName: pulumi.Input<string> }
  | { readonly at: "loadBalancer"; readonly annotations: Readonly<Record<string, string>> };

/** Arguments of the inference gateway. */
export interface InferenceGatewayArgs {
  readonly installation: Installation;
  readonly namespace: pulumi.Input<string>;
  readonly gateway: GatewaySettings;
  /** Where TLS ends; without it requests come in plain text. */
  readonly tls?: GatewayTermination;
  /**
   * Host names that are not the models', by the names of their listeners: on the same port, with the same certificate. Default:
   * none. With one, models' routes have to name `listener`: a route that names none is on all.
   */
  readonly moreHosts?: Readonly<Record<string, string>>;
  /** ConfigMap with what Istio merges into what it makes for the Gateway. */
  readonly parametersName?: pulumi.Input<string>;
  /** Type of its Service; `ClusterIP` where something else lets requests in, such as a Route. Default: `LoadBalancer`. */
  readonly serviceType?: "LoadBalancer" | "ClusterIP";
  /** The cloud that its load balancer is made in; undefined where the program does not know. */
  readonly cloud?: KnownCloud;
  /** Annotations of its Service that the platform's load balancers need, beside those for its exposure. */
  readonly serviceAnnotations?: Readonly<Record<string, string>>;
}

/** Most annotations in `spec.infrastructure` of a Gateway: `maxProperties` in the Gateway API's definition. */
const MAX_ANNOTATIONS = 8;

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
  /** IP address or host name of its load balancer, for the DNS record of its own host name. */
  readonly address: pulumi.Output<string>;
  readonly namespace: pulumi.Output<string>;
  /** Name of the Service that Istio makes for it, known once it is programmed; its service account has the same name. */
  readonly serviceName: pulumi.Output<string>;
  /** Name of the listener, and of the Service's port: Istio names that after it. */
  readonly portName: string;
  /** Where requests go, such as `http://10.0.0.1:8080` or `https://llm.example.com`. */
  readonly url: pulumi.Output<string>;

  /** @throws when its Service would need more annotations than a Gateway takes. */
  constructor(name: string, args: InferenceGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    const { gateway: settings, tls } = args;
    const annotations = {
      ...exposureAnnotations(settings.exposure, args.cloud),
      ...args.serviceAnnotations,
      ...(tls?.at === "loadBalancer" ? tls.annotations : {}),
    };
    if (Object.keys(annotations).length > MAX_ANNOTATIONS) {
      throw new Error(
        `the Gateway's Service would need ${Object.keys(annotations).length} annotations, and a Gateway takes ` +
          `${MAX_ANNOTATIONS}: ${Object.keys(annotations).join(", ")}`,
      );
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
            // Istio reads it from here and not from the infrastructure's annotations, which are for what it makes.
            ...(args.serviceType === "ClusterIP" ? { "networking.istio.io/service-type": "ClusterIP" } : {}),
          },
        },
        spec: {
          gatewayClassName: settings.className,
          // Set even where it adds little: without it Istio copies the Gateway's own annotations to all it makes.
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
        // Not an input: naming it makes the SDK resolve the property of the same name.
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

/** Name of what Istio makes for a gateway: Deployment, Service and service account (its `getDefaultName`). */
export function gatewayAccount({ name, className }: Pick<GatewaySettings, "name" | "className">): string {
  return `${name}-${className}`;
}

/** What the gateway's URL follows from. */
export interface UrlParts {
  readonly port: number;
  readonly hostname?: string;
  readonly tls: boolean;
}

/**
 * The gateway's URL: with its host name, where it has one, else with the address of its load balancer.
 *
 * @param address Host name or IP address from the Gateway's status.
 */
export function gatewayUrl(address: string, { port, hostname, tls }: UrlParts): string {
  const host = hostname ?? address;
  const literal = host.includes(":") ? `[${host}]` : host;
  const [scheme, usual] = tls ? ["https", 443] : ["http", 80];
  return port === usual ? `${scheme}://${literal}` : `${scheme}://${literal}:${port}`;
}

/** A cloud whose load balancers are known to make the gateway's. */
export type KnownCloud = "aws";

/**
 * Annotations of the gateway's Service. Each cloud has its own for the same thing and ignores those of the others, so a
 * cluster that exists needs no setting that says where it runs. Where the cloud is known, its own are enough, and more
 * might not fit: a Gateway takes eight.
 */
export function exposureAnnotations(exposure: GatewaySettings["exposure"], cloud?: KnownCloud): Record<string, string> {
  const internal = exposure === "internal";
  const scheme = { "service.beta.kubernetes.io/aws-load-balancer-scheme": exposure };
  if (cloud === "aws") return scheme;
  return {
    ...scheme,
    // Without the AWS Load Balancer Controller it is Kubernetes' own that makes the balancer, and this is what it reads.
    ...(internal ? { "service.beta.kubernetes.io/aws-load-balancer-internal": "true" } : {}),
    "service.beta.kubernetes.io/azure-load-balancer-internal": String(internal),
    // The external kind is Google's default and has no value of its own to set.
    ...(internal ? { "networking.gke.io/load-balancer-type": "Internal" } : {}),
  };
}
