import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";

/** Settings of a Route. */
interface RouteSettings {
  /**
   * Where TLS ends: `edge`, at the router, which speaks plain HTTP to the Service; `reencrypt`, at the router, which
   * speaks TLS to the Service and checks its certificate.
   */
  readonly termination: "edge" | "reencrypt";
  /**
   * Host name.
   *
   * @default a name that OpenShift generates below its domain for applications
   */
  readonly host?: string;
  /** How long the router waits for a part of a response, in seconds. Its default, 30, is too short for long prompts. */
  readonly timeoutSeconds: number;
}

/** Arguments of a Route. */
export interface OpenShiftRouteArgs {
  /** Name of the Route. A generated host name contains it and the namespace. */
  readonly routeName: string;
  readonly namespace: pulumi.Input<string>;
  /** Name of the Service, and the name of its port. */
  readonly service: pulumi.Input<string>;
  readonly port: string;
  readonly route: RouteSettings;
  /**
   * CA of the Service's certificate in PEM form, for termination `reencrypt`. The default signs for Services with the annotation
   * `service.beta.openshift.io/serving-cert-secret-name`.
   *
   * @default OpenShift's own service CA
   */
  readonly destinationCaCertificate?: pulumi.Input<string>;
  /**
   * Networks from which the router accepts requests.
   *
   * @default any
   */
  readonly allowedCidrs?: readonly string[];
  /** How long to wait until a router admits it, in seconds. */
  readonly admissionTimeoutSeconds: number;
}

/** The part of a Route's status that is used. */
interface RouteStatus {
  readonly ingress?: readonly { readonly host?: string }[];
}

/** A Route with its status, for which the SDK's class for custom resources has no type. */
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
          // With the weight, because the API server adds a default, which would be a difference in every preview.
          to: { kind: "Service", name: args.service, weight: 100 },
          port: { targetPort: args.port },
          tls: {
            termination: settings.termination,
            insecureEdgeTerminationPolicy: "Redirect",
            ...(destinationCaCertificate === undefined ? {} : { destinationCACertificate: destinationCaCertificate }),
          },
          wildcardPolicy: "None",
        },
        // Not an input: the SDK resolves only the properties that are named here.
        status: undefined,
      },
      {
        ...childOptions(this, opts),
        // The host of a Route cannot change, and its replacement has the same name.
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

/** The router's list of networks, under its current name and the name of older releases. Each release ignores the other name. */
function allowAnnotations(cidrs: readonly string[]): Record<string, string> {
  if (cidrs.length === 0) return {};
  const list = cidrs.join(" ");
  return { "haproxy.router.openshift.io/ip_allowlist": list, "haproxy.router.openshift.io/ip_whitelist": list };
}
