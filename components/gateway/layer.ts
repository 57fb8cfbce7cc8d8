import type * as pulumi from "@pulumi/pulumi";
import { crdsOf } from "../crds/crdBundle";
import { GatewayAccess } from "./gatewayAccess";
import { GatewayApi } from "./gatewayApi";
import { GatewayPods } from "./gatewayPods";
import { acmAnnotations, GatewayTls } from "./gatewayTls";
import { gatewayAccount, type GatewayTermination, InferenceGateway } from "./inferenceGateway";
import type { LayerContext } from "../layerContext";
import type { GatewayConfig } from "./settings";
import type { PlatformFacts } from "../platform";

/** Makes the CRDs of the Gateway API. */
export function gatewayApiLayer({ installation, bundles, inCluster }: LayerContext): GatewayApi {
  return new GatewayApi("gateway-api", { installation, crds: crdsOf(bundles, "gateway-api") }, inCluster);
}

/** The part of the configuration that the gateway is made from. */
export interface GatewayLayerConfig {
  readonly gateway: GatewayConfig;
  /** Secret. */
  readonly gatewayPrivateKey?: pulumi.Output<string>;
}

/** Arguments of the gateway layer. */
export interface GatewayLayerArgs {
  readonly namespace: pulumi.Input<string>;
  /** Annotations that the platform's load balancers need. */
  readonly loadBalancerAnnotations: Readonly<Record<string, string>>;
  /** Host names of other services than the models, by the names of their listeners. @default none */
  readonly moreHosts?: Readonly<Record<string, string>>;
  readonly cloud: PlatformFacts["cloud"];
  readonly dependsOn: readonly pulumi.Resource[];
}

/** The gateway and its URL. */
export interface GatewayLayer {
  readonly gateway: InferenceGateway;
  /** The URL for clients outside the cluster. */
  readonly gatewayUrl: pulumi.Output<string>;
}

/** Makes the gateway. Its certificate and access rules come first, so it never listens without them. */
export function gatewayLayer(
  { platform, installation, kept, inCluster }: LayerContext,
  { gateway, gatewayPrivateKey: privateKey }: GatewayLayerConfig,
  args: GatewayLayerArgs,
): GatewayLayer {
  const { type: serviceType, servingSecret, annotations } = platform.gatewayService;
  const behindBalancer = serviceType === "LoadBalancer";
  const { namespace, dependsOn, moreHosts = {} } = args;
  const before: pulumi.Resource[] = [...dependsOn];
  const options = { ...inCluster, dependsOn: [...dependsOn] };

  // Without a load balancer, the platform's own entry (a Route) limits the networks.
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
    const hostnames = [hostname, ...Object.values(moreHosts)];
    const certificate = new GatewayTls(
      `${gateway.name}-tls`,
      { namespace, tls, hostnames, timeoutSeconds, privateKey },
      options,
    );
    before.push(certificate);
    termination = { at: "gateway", secretName: certificate.secretName };
  }

  const account = { namespace, name: gatewayAccount(gateway) };
  before.push(...platform.admit(gateway.name, account, options));

  // A proxy in front of the gateway sends no SNI, and a listener for one host would close the connection.
  const { hostname: _, ...anyHost } = gateway;
  const made = new InferenceGateway(
    gateway.name,
    {
      installation,
      namespace,
      gateway: behindBalancer ? gateway : anyHost,
      serviceType,
      ...(args.cloud === undefined ? {} : { cloud: args.cloud }),
      serviceAnnotations: { ...args.loadBalancerAnnotations, ...annotations },
      ...(termination === undefined ? {} : { tls: termination }),
      parametersName: pods.parametersName,
      moreHosts,
    },
    { ...kept, dependsOn: before },
  );
  return { gateway: made, gatewayUrl: platform.expose(made, { ...inCluster, dependsOn: [made] }) };
}
