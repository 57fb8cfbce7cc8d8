import { type DashboardSpec, graph, percentiles, quantile, row, stat, type VariableSpec } from "./specs";

const GATEWAY_VARIABLE: VariableSpec = {
  name: "gateway",
  label: "Gateway",
  query: "label_values(envoy_http_downstream_rq_total, gateway)",
};

const OF_GATEWAY = 'job="inference-gateway", gateway=~"$gateway"';

/** Requests at the gateway, as clients see them. */
export const GATEWAY: DashboardSpec = {
  name: "gateway",
  description: "Requests at the inference gateway: how many, how they ended, how long they took, and TLS.",
  variables: [GATEWAY_VARIABLE],
  links: ["llmPerformance", "routing"],
  rows: [
    row("At a glance", [
      stat("Requests", {
        description: "Requests by the second.",
        unit: "reqps",
        queries: { requests: `sum(rate(envoy_http_downstream_rq_total{${OF_GATEWAY}}[$__rate_interval]))` },
      }),
      stat("Errors", {
        description: "Share of answers with a 5xx. Above 5 %: LlmdGatewayErrors; look which backend below.",
        unit: "percentunit",
        queries: { "5xx": 'max(llmd:gateway_errors:ratio_rate5m{gateway=~"$gateway"})' },
        thresholds: { yellow: 0.01, red: 0.05 },
      }),
      stat("In flight", {
        description: "Requests that are being answered right now. Streams count until their last token.",
        unit: "short",
        queries: { requests: `sum(envoy_http_downstream_rq_active{${OF_GATEWAY}})` },
      }),
      stat("Certificate of the mesh ends in", {
        description:
          "Istio renews the gateway's own certificate after half a day. Below four hours istiod is not reached.",
        unit: "s",
        queries: { left: `min(istio_agent_cert_expiry_seconds{${OF_GATEWAY}})` },
        thresholds: { red: 0, green: 14400 },
      }),
    ]),
    row("Requests", [
      graph("Requests by code", {
        description: "4xx are the clients' (404: no such model), 5xx are this side's.",
        unit: "reqps",
        stacked: true,
        queries: {
          "{{response_code_class}}": `sum by (response_code_class) (rate(envoy_http_downstream_rq{${OF_GATEWAY}}[$__rate_interval]))`,
        },
      }),
      graph("Time of a request", {
        description:
          "Until the last byte of the answer, so it grows with its length. Compare with the model servers' own time.",
        unit: "ms",
        queries: percentiles((q) => quantile(q, "envoy_http_downstream_rq_time", OF_GATEWAY)),
      }),
      graph("Answers of backends by code", {
        description: "Pools of model servers and endpoint pickers. 503 from a pool: no replica of it could be reached.",
        unit: "reqps",
        queries: {
          "{{cluster_name}} {{response_code}}": `sum by (cluster_name, response_code) (rate(envoy_cluster_upstream_rq{${OF_GATEWAY}, cluster_name=~"outbound.+", response_code!=""}[$__rate_interval]))`,
        },
      }),
      graph("Time of backends, p95", {
        description: "How long each backend took. The gateway's own time minus this is what the gateway adds.",
        unit: "ms",
        queries: { "{{cluster_name}}": quantile(0.95, "envoy_cluster_upstream_rq_time", OF_GATEWAY, "cluster_name") },
      }),
      graph("Connections that failed", {
        description:
          "Backends that could not be connected to: a replica that is gone before the endpoint picker knows.",
        unit: "ops",
        queries: {
          "{{cluster_name}}": `sum by (cluster_name) (rate(envoy_cluster_upstream_cx_connect_fail{${OF_GATEWAY}, cluster_name=~"outbound.+"}[$__rate_interval]))`,
        },
      }),
      graph("Time until a change is everywhere", {
        description:
          "How long istiod takes to tell gateways of a change, over the last hour's changes. Seconds: istiod is short of CPU.",
        unit: "s",
        queries: { p99: "histogram_quantile(0.99, sum by (le) (rate(pilot_proxy_convergence_time_bucket[1h])))" },
      }),
    ]),
    row("TLS and connections", [
      graph("Connections", {
        description: "Open connections of clients, and those of them that are encrypted.",
        unit: "short",
        width: 8,
        queries: {
          open: `sum(envoy_http_downstream_cx_active{${OF_GATEWAY}})`,
          encrypted: `sum(envoy_http_downstream_cx_ssl_active{${OF_GATEWAY}})`,
        },
      }),
      graph("TLS handshakes", {
        description:
          "Handshakes and those that failed. Failures right after a change: clients do not trust the certificate. Empty without TLS.",
        unit: "ops",
        width: 8,
        queries: {
          handshakes: `sum(rate(envoy_listener_ssl_handshake{${OF_GATEWAY}}[$__rate_interval]))`,
          failed: `sum(rate(envoy_listener_ssl_connection_error{${OF_GATEWAY}}[$__rate_interval]))`,
        },
      }),
      graph("Certificates of listeners end in", {
        description:
          "What clients see. Renew before it ends; LlmdCertificateExpiring fires two weeks before. Empty without TLS.",
        unit: "s",
        width: 8,
        queries: {
          "{{gateway}}": `min by (gateway) ({__name__=~"envoy_listener_ssl_certificate_.+_expiration_unix_time_seconds", ${OF_GATEWAY}}) - time()`,
        },
        // A certificate that has expired is below 0.
        min: undefined,
      }),
    ]),
  ],
};
