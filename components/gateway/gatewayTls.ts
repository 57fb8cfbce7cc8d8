import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import type { GatewayConfig } from "./settings";

/** Arguments of the gateway's certificate. */
export interface GatewayTlsArgs {
  readonly namespace: pulumi.Input<string>;
  readonly tls: NonNullable<GatewayConfig["tls"]>;
  /** The names that clients use. */
  readonly hostnames: readonly string[];
  /** Mode certificate: the private key in PEM form, which the component marks as secret. */
  readonly privateKey?: pulumi.Input<string>;
  /** Mode certManager: how long to wait for the certificate, in seconds. */
  readonly timeoutSeconds: number;
}

/** The gateway's certificate, where the gateway itself terminates TLS. The Secret has the component's name. */
export class GatewayTls extends pulumi.ComponentResource {
  /** Name of the Secret with certificate and key, known once it exists. */
  readonly secretName: pulumi.Output<string>;

  /** @throws InputPropertyError when a setting of the mode is missing, or the mode is acm, which needs no Secret. */
  constructor(name: string, args: GatewayTlsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, tls, timeoutSeconds } = args;
    validate(args);
    const privateKey = pulumi.secret(args.privateKey);
    super("llmd:gateway:GatewayTls", name, { ...args, privateKey }, opts);
    const options = childOptions(this, opts);
    const made =
      tls.mode === "certificate"
        ? new k8s.core.v1.Secret(
            name,
            {
              metadata: { name, namespace },
              type: "kubernetes.io/tls",
              stringData: { "tls.crt": tls.certificate ?? "", "tls.key": privateKey.apply((key) => key ?? "") },
            },
            options,
          )
        : new k8s.apiextensions.CustomResource(
            name,
            {
              apiVersion: "cert-manager.io/v1",
              kind: "Certificate",
              metadata: { name, namespace, annotations: { "pulumi.com/waitFor": "condition=Ready" } },
              spec: {
                secretName: name,
                dnsNames: [...args.hostnames],
                issuerRef: { group: "cert-manager.io", ...tls.issuer },
                // A key that somebody has read is useless after the next renewal.
                privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
              },
            },
            { ...options, customTimeouts: { create: `${timeoutSeconds}s`, update: `${timeoutSeconds}s` } },
          );
    this.secretName = made.metadata.name;
    this.registerOutputs({ secretName: this.secretName });
  }
}

function validate({ tls, privateKey }: GatewayTlsArgs): void {
  const check = (valid: boolean, propertyPath: string, reason: string): void => {
    if (!valid) throw new pulumi.InputPropertyError({ propertyPath, reason });
  };
  check(tls.mode !== "acm", "tls.mode", "in mode acm the load balancer terminates TLS: there is no Secret to make");
  check(tls.mode !== "certificate" || tls.certificate !== undefined, "tls.certificate", "certificate is missing");
  check(tls.mode !== "certificate" || privateKey !== undefined, "privateKey", "key is missing");
  check(tls.mode !== "certManager" || tls.issuer !== undefined, "tls.issuer", "issuer is missing");
}

/**
 * Annotations with which the AWS Load Balancer Controller terminates TLS on the Network Load Balancer's only port. From there to
 * the gateway, inside the VPC, requests are in plain text.
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
