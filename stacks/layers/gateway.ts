import type * as pulumi from "@pulumi/pulumi";
import { GatewayAccess } from "../../components/gateway/gatewayAccess";
import { acmAnnotations, GatewayTls } from "../../components/gateway/gatewayTls";
import { type GatewayTermination, InferenceGateway } from "../../components/gateway/inferenceGateway";
import type { LayerContext } from "./context";

/** What the gateway is made in and waits for. */
export interface GatewayLayerArgs {
  readonly namespace: pulumi.Input<string>;
  /** Annotations that the platform's load balancers need. */
  readonly loadBalancerAnnotations: Readonly<Record<string, string>>;
  readonly dependsOn: readonly pulumi.Resource[];
}

/** The gateway, after its certificate and the rules of who is let in: it never listens without them. */
export function gatewayLayer({ config, kept, inCluster }: LayerContext, args: GatewayLayerArgs): InferenceGateway {
  const { gateway } = config;
  const { namespace, dependsOn } = args;
  const before: pulumi.Resource[] = [...dependsOn];
  const options = { ...inCluster, dependsOn: [...dependsOn] };

  const limited = gateway.jwt !== undefined || gateway.rateLimit !== undefined || gateway.allowedCidrs.length > 0;
  const access = limited
    ? new GatewayAccess(`${gateway.name}-access`, { namespace, gatewayName: gateway.name, ...gateway }, options)
    : undefined;
  if (access !== undefined) before.push(access);

  let termination: GatewayTermination | undefined;
  if (gateway.tls?.mode === "acm") {
    const annotations = acmAnnotations(gateway.tls.certificateArn ?? "", gateway.port);
    termination = { at: "loadBalancer", annotations };
  } else if (gateway.tls !== undefined) {
    const { tls, hostname = "", timeoutSeconds } = gateway;
    const certificate = new GatewayTls(
      `${gateway.name}-tls`,
      { namespace, tls, hostname, timeoutSeconds, privateKey: config.gatewayPrivateKey },
      options,
    );
    before.push(certificate);
    termination = { at: "gateway", secretName: certificate.secretName };
  }

  return new InferenceGateway(
    gateway.name,
    {
      namespace,
      gateway,
      serviceAnnotations: args.loadBalancerAnnotations,
      ...(termination === undefined ? {} : { tls: termination }),
      ...(access?.parametersName === undefined ? {} : { parametersName: access.parametersName }),
    },
    { ...kept, dependsOn: before },
  );
}
