import { DISCOVERY_LABEL } from "../cluster/ownedNamespace";
import { type ChartValues, mergeValues } from "../charts/values";
import type { IstioConfig } from "./settings";

/** The CRDs in the base chart of Istio 1.27. A unit test compares them with the chart. */
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
 * Envoy statistics that Istio leaves out by default: by listener (`http.`: requests, codes, time, and the endpoint picker's
 * ext_proc; `listener.`: TLS) and by backend (`cluster.`). Each regular expression matches a whole name. Only gateways have an
 * Envoy here, so the volume is small. Dashboards and alerts of monitoring/ use these statistics.
 */
export const GATEWAY_STATS: readonly string[] = [
  "http\\.outbound_.*",
  "cluster\\.outbound.*\\.(upstream_rq|upstream_cx|membership).*",
  "listener\\..*\\.ssl\\..*",
];

/** Input of the values of the istiod chart. */
export interface IstiodValuesArgs {
  readonly pilot: IstioConfig["pilot"];
  /** Whole image references. */
  readonly images: { readonly pilot: string; readonly proxyv2: string };
  /** The user's values, merged over those of the program, except for those that must not change. */
  readonly values: Readonly<ChartValues>;
}

/**
 * Values of the base chart without its CRDs, which are separate resources: the chart would keep them after destroy. They are
 * excluded one by one, because the chart renders them even with its CRD templates off.
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
      // istiod and the gateway need it for the Pod Security level restricted.
      seccompProfile: { type: "RuntimeDefault" },
      gateways: { seccompProfile: { type: "RuntimeDefault" } },
      global: {
        proxy: { image: images.proxyv2 },
        proxy_init: { image: images.proxyv2 },
        // With a single replica, a disruption budget would block every drain of its node.
        defaultPodDisruptionBudget: { enabled: pilot.replicas > 1 },
      },
      meshConfig: {
        // istiod writes the ConfigMap istio-ca-root-cert into each namespace that it watches, and nothing deletes those. So it
        // watches only the namespaces of this environment.
        discoverySelectors: [{ matchLabels: { ...DISCOVERY_LABEL } }],
        // Without it Envoy has no counters for the requests, responses, backends and endpoint pickers of a gateway.
        defaultConfig: {
          proxyStatsMatcher: { inclusionRegexps: [...GATEWAY_STATS] },
          // By default a proxy ends after 5 seconds and cuts its streams. With this it ends with its last connection, or
          // with its pod's grace period (gatewayPods.ts).
          proxyMetadata: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true" },
        },
      },
    },
    args.values,
    // Without this switch Istio ignores InferencePools: the gateway answers, but every request for a model fails.
    { pilot: { env: { ENABLE_GATEWAY_API_INFERENCE_EXTENSION: "true" } } },
  );
}
