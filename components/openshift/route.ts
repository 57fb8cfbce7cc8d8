import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";

/** Settings of a Route. */
export interface RouteSettings {
  /**
   * Where TLS ends: `edge`, at the router, which speaks plain HTTP to the Service; `reencrypt`, at the router, which
   * speaks TLS to the Service and checks its certificate.
   */
  readonly termination: "edge" | "reencrypt";
  /** Host name; when undefined, OpenShift makes one below its own domain for applications. */
  readonly host?: string;
  /** How long the router waits for a part of an answer, in seconds; its own default, 30, is too short for long prompts. */
  readonly timeoutSeconds: number;
}

/** Arguments of a Route. */
export interface OpenShiftRouteArgs {
  /** Name of the Route; OpenShift makes the host name of it and the namespace. */
  readonly routeName: string;
  readonly namespace: pulumi.Input<string>;
  /** Name of the Service, and the name of its port. */
  readonly service: pulumi.Input<string>;
  readonly port: string;
  readonly route: RouteSettings;
  /**
   * CA of the Service's certificate, in PEM form, on termination `reencrypt`. Without it the router trusts OpenShift's own
   * service CA, which signs for Services with the annotation `service.beta.openshift.io/serving-cert-secret-name`.
   */
  readonly destinationCaCertificate?: pulumi.Input<string>;
  /** Networks that requests may come from; any when empty or undefined. */
  readonly allowedCidrs?: readonly string[];
  /** How long to wait until a router admits it, in seconds. */
  readonly admissionTimeoutSeconds: number;
}

/** The part of a Route's status that is used. */
interface RouteStatus {
  readonly ingress?: readonly { readonly host?: string }[];
}

/** A Route with its status, which the SDK's class for custom resources has no type for. */
interface RouteResource extends k8s.apiextensions.CustomResource {
  readonly status: pulumi.Output<RouteStatus | undefined>;
}

/** How the provider knows that a router took the Route: its conditions are per router. */
const ADMITTED = 'jsonpath={.status.ingress[*].conditions[?(@.type=="Admitted")].status}=True';

/** A way in from outside to a Service of an OpenShift cluster, always with TLS; plain HTTP is redirected. */
export class OpenShiftRoute extends pulumi.ComponentResource {
  /** Host name, known once a router has admitted the Route. */
  readonly host: pulumi.Output<string>;
  /** `https://` and the host name. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: OpenShiftRouteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:openshift:OpenShiftRoute", name, args, opts);
    const { routeName, route: settings, destinationCaCertificate } = args;
    const route = new k8s.apiextensions.CustomResource(
      name,
      {
        apiVersion: "route.openshift.io/v1",
        kind: "Route",
        metadata: {
          name: routeName,
          namespace: args.namespace,
          annotations: {
            "pulumi.com/waitFor": ADMITTED,
            "haproxy.router.openshift.io/timeout": `${settings.timeoutSeconds}s`,
            ...allowAnnotations(args.allowedCidrs ?? []),
          },
        },
        spec: {
          ...(settings.host === undefined ? {} : { host: settings.host }),
          // Spelled out with its weight: the API server adds what is left out, which would be a difference for ever.
          to: { kind: "Service", name: args.service, weight: 100 },
          port: { targetPort: args.port },
          tls: {
            termination: settings.termination,
            insecureEdgeTerminationPolicy: "Redirect",
            ...(destinationCaCertificate === undefined ? {} : { destinationCACertificate: destinationCaCertificate }),
          },
          wildcardPolicy: "None",
        },
        // Not an input: naming it makes the SDK resolve the property of the same name.
        status: undefined,
      },
      {
        ...childOptions(this, opts),
        // The host of a Route may not be changed; and two Routes of one name cannot be.
        replaceOnChanges: ["spec.host"],
        deleteBeforeReplace: true,
        customTimeouts: {
          create: `${args.admissionTimeoutSeconds}s`,
          update: `${args.admissionTimeoutSeconds}s`,
        },
      },
    ) as RouteResource;
    this.host = route.status.apply((status) => {
      const host = status?.ingress?.map((ingress) => ingress.host).find(Boolean);
      if (host === undefined) throw new Error(`Route ${routeName} is admitted but has no host in its status`);
      return host;
    });
    this.url = pulumi.interpolate`https://${this.host}`;
    this.registerOutputs({ host: this.host, url: this.url });
  }
}

/** The router's list of networks, under its name of today and the one that older releases know; each ignores the other. */
function allowAnnotations(cidrs: readonly string[]): Record<string, string> {
  if (cidrs.length === 0) return {};
  const list = cidrs.join(" ");
  return { "haproxy.router.openshift.io/ip_allowlist": list, "haproxy.router.openshift.io/ip_whitelist": list };
}
