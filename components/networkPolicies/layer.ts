import type * as pulumi from "@pulumi/pulumi";
import type { LayerContext } from "../layerContext";
import { ISTIO_NAMESPACE } from "../naming";
import { MODEL_SERVER_PORT } from "../serving/modelValues";
import { ingressRules, SCRAPERS } from "./ingressRules";
import { NetworkPolicies } from "./networkPolicies";

/** The part of the configuration that decides who may talk to whom. */
export interface NetworkPoliciesLayerConfig {
  readonly namespace: string;
  readonly gateway: { readonly name: string; readonly port: number };
  readonly monitoring: { readonly mode: keyof typeof SCRAPERS };
}

/** Denies every connection into the environment's namespaces except those that the environment itself needs. */
export function networkPoliciesLayer(
  { inCluster }: LayerContext,
  { namespace, gateway, monitoring }: NetworkPoliciesLayerConfig,
  namespaces: readonly pulumi.Resource[],
): void {
  const rules = ingressRules({
    namespace,
    istioNamespace: ISTIO_NAMESPACE,
    gatewayName: gateway.name,
    gatewayPort: gateway.port,
    modelPort: MODEL_SERVER_PORT,
    scrapers: SCRAPERS[monitoring.mode],
  });
  new NetworkPolicies("network-policies", { rules }, { ...inCluster, dependsOn: [...namespaces] });
}
