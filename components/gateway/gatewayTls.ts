import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";

/** How TLS ends, as it is configured. */
export interface TlsSettings {
  readonly mode: "certificate" | "certManager" | "acm";
  /** Mode certificate: the chain in PEM form. */
  readonly certificate?: string;
  /** Mode certManager: who signs. */
  readonly issuer?: { readonly name: string; readonly kind: string };
  /** Mode acm: the certificate's ARN. */
  readonly certificateArn?: string;
}

/** Arguments of the gateway's certificate. */
export interface GatewayTlsArgs {
  readonly namespace: pulumi.Input<string>;
  readonly tls: TlsSettings;
  /** The names that clients use. */
  readonly hostnames: readonly string[];
  /** Mode certificate: the private key in PEM form; has to be a secret Output. */
  readonly privateKey?: pulumi.Output<string>;
  /** Mode certManager: how long to wait until the certificate is there, in seconds. */
  readonly timeoutSeconds: number;
}

/** The gateway's certificate, where the gateway is what ends TLS. */
export class GatewayTls extends pulumi.ComponentResource {
  /** Name of the Secret with certificate and key, known once it is there. */
  readonly secretName: pulumi.Output<string>;

  /** @throws when the mode's own setting is missing, or the mode is acm, where the load balancer has the certificate. */
  constructor(name: string, args: GatewayTlsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { tls, privateKey } = args;
    if (tls.mode === "acm") throw new Error("in mode acm the load balancer ends TLS: there is no Secret to make");
    super("llmd:gateway:GatewayTls", name, args, opts);
    const options = childOptions(this, opts);
    if (tls.mode === "certificate") {
      if (tls.certificate === undefined || privateKey === undefined) throw new Error("certificate or key is missing");
      const secret = new k8s.core.v1.Secret(
        name,
        {
          metadata: { name, namespace: args.namespace },
          type: "kubernetes.io/tls",
          stringData: { "tls.crt": tls.certificate, "tls.key": pulumi.secret(privateKey) },
        },
        options,
      );
      this.secretName = secret.metadata.name;
    } else {
      if (tls.issuer === undefined) throw new Error("issuer is missing");
      const certificate = new k8s.apiextensions.CustomResource(
        name,
        {
          apiVersion: "cert-manager.io/v1",
          kind: "Certificate",
          metadata: { name, namespace: args.namespace, annotations: { "pulumi.com/waitFor": "condition=Ready" } },
          spec: {
            secretName: name,
            dnsNames: [...args.hostnames],
            issuerRef: { group: "cert-manager.io", ...tls.issuer },
            // A key that was once read by somebody is of no use after the next renewal.
            privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
          },
        },
        { ...options, customTimeouts: { create: `${args.timeoutSeconds}s`, update: `${args.timeoutSeconds}s` } },
      );
      this.secretName = certificate.metadata.name;
    }
    this.registerOutputs({ secretName: this.secretName });
  }
}

/**
 * Annotations that have the AWS Load Balancer Controller end TLS on the Network Load Balancer, on the one port there is.
 * From there to the gateway, inside the VPC, requests travel in plain text.
 */
export function acmAnnotations(certificateArn: string, port: number): Record<string, string> {
  return {
    "service.beta.kubernetes.io/aws-load-balancer-ssl-cert": certificateArn,
    "service.beta.kubernetes.io/aws-load-balancer-ssl-ports": String(port),
    // TLS 1.3 and 1.2 with forward secrecy:
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html
    "service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
  };
}
