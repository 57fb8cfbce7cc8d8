import { DISCOVERY_LABEL } from "../cluster/ownedNamespace";
import { type ChartValues, mergeValues } from "../charts/values";

/** The CRDs that the base chart of Istio 1.27 carries. A unit test compares them with the chart's. */
export const ISTIO_CRDS: readonly string[] = [
  "authorizationpolicies.security.istio.io",
  "destinationrules.networking.istio.io",
  "envoyfilters.networking.istio.io",
  "gateways.networking.istio.io",
  "peerauthentications.security.istio.io",
  "proxyconfigs.networking.istio.io",
  "requestauthentications.security.istio.io",
  "serviceentries.networking.istio.io",
  "sidecars.networking.istio.io",
  "telemetries.telemetry.istio.io",
  "virtualservices.networking.istio.io",
  "wasmplugins.extensions.istio.io",
  "workloadentries.networking.istio.io",
  "workloadgroups.networking.istio.io",
];

/**
 * What Envoy counts beside the little that Istio has it count: by listener (`http.`: requests, codes, time, and the
 * endpoint picker's ext_proc; `listener.`: TLS) and by backend (`cluster.`). Regular expressions for the whole of a name.
 * Only gateways have an Envoy here, so there is little of it. Dashboards and alerts of monitoring/ are made from it.
 */
export const GATEWAY_STATS: readonly string[] = [
  "http\\.outbound_.*",
  "cluster\\.outbound.*\\.(upstream_rq|upstream_cx|membership).*",
  "listener\\..*\\.ssl\\..*",
];

/** Settings of Istio's control plane. */
export interface PilotSettings {
  /** Replicas of istiod. */
  readonly replicas: number;
  /** What each of them requests. */
  readonly resources: { readonly cpu: string; readonly memory: string };
}

/** What the values of the istiod chart are made from. */
export interface IstiodValuesArgs {
  readonly pilot: PilotSettings;
  /** Whole image references. */
  readonly images: { readonly pilot: string; readonly proxyv2: string };
  /** The user's values, merged over those of the program, but for what has to be as it is. */
  readonly values: Readonly<ChartValues>;
}

/**
 * Values of the base chart. Its CRDs are excluded one by one, because switching its CRD templates off would still render
 * them: they are installed beside it, where destroy removes them; the chart marks them to be kept.
 */
export function baseValues(): ChartValues {
  return { base: { excludedCRDs: [...ISTIO_CRDS] } };
}

/** Values of the istiod chart. */
export function istiodValues(args: IstiodValuesArgs): ChartValues {
  const { pilot, images } = args;
  return mergeValues(
    {
      pilot: {
        image: images.pilot,
        autoscaleEnabled: false,
        replicaCount: pilot.replicas,
        resources: { requests: { ...pilot.resources } },
      },
      // With it istiod and the gateway keep to the Pod Security level restricted.
      seccompProfile: { type: "RuntimeDefault" },
      gateways: { seccompProfile: { type: "RuntimeDefault" } },
      global: {
        proxy: { image: images.proxyv2 },
        proxy_init: { image: images.proxyv2 },
        // With a single replica a disruption budget would only keep its node from ever being drained.
        defaultPodDisruptionBudget: { enabled: pilot.replicas > 1 },
      },
      meshConfig: {
        // istiod writes the ConfigMap istio-ca-root-cert into each namespace it looks into and nothing removes those
        // again, so it looks into the namespaces of this environment only.
        discoverySelectors: [{ matchLabels: { ...DISCOVERY_LABEL } }],
        // Without it Envoy keeps no counter of the requests, responses, backends and endpoint pickers of a gateway.
        defaultConfig: {
          proxyStatsMatcher: { inclusionRegexps: [...GATEWAY_STATS] },
          // A proxy that is to go would end 5 seconds later, with whatever streams through it. So it ends with its last
          // connection, or when its pod's grace period is over (gatewayPods.ts).
          proxyMetadata: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true" },
        },
      },
    },
    args.values,
    // Without this switch Istio ignores InferencePools: the gateway answers, and every request for a model fails.
    { pilot: { env: { ENABLE_GATEWAY_API_INFERENCE_EXTENSION: "true" } } },
  );
}
