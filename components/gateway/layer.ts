import type * as pulumi from "@pulumi/pulumi";
import { GatewayAccess } from "./gatewayAccess";
import { GatewayPods } from "./gatewayPods";
import { acmAnnotations, GatewayTls } from "./gatewayTls";
import { gatewayAccount, type GatewayTermination, InferenceGateway } from "./inferenceGateway";
import type { LayerContext } from "../layerContext";
import { GRAFANA_LISTENER, grafanaListener } from "../../monitoring/grafanaAddress";

/** Arguments of the gateway layer. */
export interface GatewayLayerArgs {
  readonly namespace: pulumi.Input<string>;
  /** Annotations that the platform's load balancers need. */
  readonly loadBalancerAnnotations: Readonly<Record<string, string>>;
  readonly dependsOn: readonly pulumi.Resource[];
}

/** The gateway and its URL. */
export interface GatewayLayer {
  readonly gateway: InferenceGateway;
  /** The URL for clients outside the cluster. */
  readonly gatewayUrl: pulumi.Output<string>;
}

/** The gateway. Its certificate and its access rules come first, so that it never listens without them. */
export function gatewayLayer(
  { config, platform, installation, kept, inCluster }: LayerContext,
  args: GatewayLayerArgs,
): GatewayLayer {
  const { gateway } = config;
  const { type: serviceType, servingSecret, annotations } = platform.gatewayService;
  const behindBalancer = serviceType === "LoadBalancer";
  const { namespace, dependsOn } = args;
  const grafana = grafanaListener(config);
  const before: pulumi.Resource[] = [...dependsOn];
  const options = { ...inCluster, dependsOn: [...dependsOn] };

  // Without a load balancer, the platform's own way in limits the networks.
  const allowedCidrs = behindBalancer ? gateway.allowedCidrs : [];
  const pods = new GatewayPods(
    `${gateway.name}-pods`,
    { namespace, gatewayName: gateway.name, drainSeconds: gateway.drainSeconds, allowedCidrs },
    options,
  );
  before.push(pods);
  if (gateway.jwt !== undefined || gateway.rateLimit !== undefined) {
    before.push(
      new GatewayAccess(`${gateway.name}-access`, { namespace, gatewayName: gateway.name, ...gateway }, options),
    );
  }

  let termination: GatewayTermination | undefined =
    servingSecret === undefined ? undefined : { at: "gateway", secretName: servingSecret };
  if (gateway.tls?.mode === "acm") {
    const annotations = acmAnnotations(gateway.tls.certificateArn ?? "", gateway.port);
    termination = { at: "loadBalancer", annotations };
  } else if (gateway.tls !== undefined) {
    const { tls, hostname = "", timeoutSeconds } = gateway;
    const hostnames = grafana === undefined ? [hostname] : [hostname, grafana];
    const certificate = new GatewayTls(
      `${gateway.name}-tls`,
      { namespace, tls, hostnames, timeoutSeconds, privateKey: config.gatewayPrivateKey },
      options,
    );
    before.push(certificate);
    termination = { at: "gateway", secretName: certificate.secretName };
  }

  const account = { namespace, name: gatewayAccount(gateway) };
  before.push(...platform.admit(gateway.name, account, options));

  // A proxy before the gateway sends no host name in its TLS hello, and a listener for one host would close the connection.
  const { hostname: _, ...anyHost } = gateway;
  const made = new InferenceGateway(
    gateway.name,
    {
      installation,
      namespace,
      gateway: behindBalancer ? gateway : anyHost,
      serviceType,
      ...(config.platform === "eks" ? { cloud: "aws" as const } : {}),
      serviceAnnotations: { ...args.loadBalancerAnnotations, ...annotations },
      ...(termination === undefined ? {} : { tls: termination }),
      parametersName: pods.parametersName,
      ...(grafana === undefined ? {} : { moreHosts: { [GRAFANA_LISTENER]: grafana } }),
    },
    { ...kept, dependsOn: before },
  );
  return { gateway: made, gatewayUrl: platform.expose(made, { ...inCluster, dependsOn: [made] }) };
}
