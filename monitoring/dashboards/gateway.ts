import type { DashboardSpec, VariableSpec } from "./specs";

const GATEWAY_VARIABLE: VariableSpec = {
  name: "gateway",
  label: "Gateway",
  query: "label_values(envoy_http_downstream_rq_total, gateway)",
};

const OF_GATEWAY = 'job="inference-gateway", gateway=~"$gateway"';

/** Envoy's histograms count in milliseconds. */
function milliseconds(q: number, histogram: string, by = ""): string {
  const labels = by === "" ? "le" : `le, ${by}`;
  return `histogram_quantile(${q}, sum by (${labels}) (rate(${histogram}_bucket{${OF_GATEWAY}}[$__rate_interval])))`;
}

/** What comes in, what goes out, and how clients see it. */
export const GATEWAY: DashboardSpec = {
  name: "gateway",
  description: "Requests at the inference gateway: how many, how they ended, how long they took, and TLS.",
  variables: [GATEWAY_VARIABLE],
  links: ["llmPerformance", "routing"],
  rows: [
    {
      title: "At a glance",
      panels: [
        {
          title: "Requests",
          description: "Requests by the second.",
          kind: "stat",
          unit: "reqps",
          width: 6,
          queries: [
            { expr: `sum(rate(envoy_http_downstream_rq_total{${OF_GATEWAY}}[$__rate_interval]))`, legend: "requests" },
          ],
        },
        {
          title: "Errors",
          description: "Share of answers with a 5xx. Above 5 %: LlmdGatewayErrors; look which backend below.",
          kind: "stat",
          unit: "percentunit",
          width: 6,
          queries: [{ expr: 'max(llmd:gateway_errors:ratio_rate5m{gateway=~"$gateway"})', legend: "5xx" }],
          thresholds: [
            { from: 0.01, color: "yellow" },
            { from: 0.05, color: "red" },
          ],
        },
        {
          title: "In flight",
          description: "Requests that are being answered right now. Streams count until their last token.",
          kind: "stat",
          unit: "short",
          width: 6,
          queries: [{ expr: `sum(envoy_http_downstream_rq_active{${OF_GATEWAY}})`, legend: "requests" }],
        },
        {
          title: "Certificate of the mesh ends in",
          description:
            "Istio renews the gateway's own certificate after half a day. Below four hours istiod is not reached.",
          kind: "stat",
          unit: "s",
          width: 6,
          queries: [{ expr: `min(istio_agent_cert_expiry_seconds{${OF_GATEWAY}})`, legend: "left" }],
          thresholds: [
            { from: 0, color: "red" },
            { from: 14400, color: "green" },
          ],
        },
      ],
    },
    {
      title: "Requests",
      panels: [
        {
          title: "Requests by code",
          description: "4xx are the clients' (404: no such model), 5xx are this side's.",
          kind: "timeseries",
          unit: "reqps",
          width: 12,
          min: 0,
          stacked: true,
          queries: [
            {
              expr: `sum by (response_code_class) (rate(envoy_http_downstream_rq{${OF_GATEWAY}}[$__rate_interval]))`,
              legend: "{{response_code_class}}",
            },
          ],
        },
        {
          title: "Time of a request",
          description:
            "Until the last byte of the answer, so it grows with its length. Compare with the model servers' own time.",
          kind: "timeseries",
          unit: "ms",
          width: 12,
          min: 0,
          queries: [50, 95, 99].map((percent) => ({
            expr: milliseconds(percent / 100, "envoy_http_downstream_rq_time"),
            legend: `p${percent}`,
          })),
        },
        {
          title: "Answers of backends by code",
          description:
            "Pools of model servers and endpoint pickers. 503 from a pool: no replica of it could be reached.",
          kind: "timeseries",
          unit: "reqps",
          width: 12,
          min: 0,
          queries: [
            {
              expr: `sum by (cluster_name, response_code) (rate(envoy_cluster_upstream_rq{${OF_GATEWAY}, cluster_name=~"outbound.+", response_code!=""}[$__rate_interval]))`,
              legend: "{{cluster_name}} {{response_code}}",
            },
          ],
        },
        {
          title: "Time of backends, p95",
          description: "How long each backend took. The gateway's own time minus this is what the gateway adds.",
          kind: "timeseries",
          unit: "ms",
          width: 12,
          min: 0,
          queries: [
            { expr: milliseconds(0.95, "envoy_cluster_upstream_rq_time", "cluster_name"), legend: "{{cluster_name}}" },
          ],
        },
        {
          title: "Connections that failed",
          description:
            "Backends that could not be connected to: a replica that is gone before the endpoint picker knows.",
          kind: "timeseries",
          unit: "ops",
          width: 12,
          min: 0,
          queries: [
            {
              expr: `sum by (cluster_name) (rate(envoy_cluster_upstream_cx_connect_fail{${OF_GATEWAY}, cluster_name=~"outbound.+"}[$__rate_interval]))`,
              legend: "{{cluster_name}}",
            },
          ],
        },
        {
          title: "Time until a change is everywhere",
          description:
            "How long istiod takes to tell gateways of a change, over the last hour's changes. Seconds: istiod is short of CPU.",
          kind: "timeseries",
          unit: "s",
          width: 12,
          min: 0,
          queries: [
            {
              expr: "histogram_quantile(0.99, sum by (le) (rate(pilot_proxy_convergence_time_bucket[1h])))",
              legend: "p99",
            },
          ],
        },
      ],
    },
    {
      title: "TLS and connections",
      panels: [
        {
          title: "Connections",
          description: "Open connections of clients, and those of them that are encrypted.",
          kind: "timeseries",
          unit: "short",
          width: 8,
          min: 0,
          queries: [
            { expr: `sum(envoy_http_downstream_cx_active{${OF_GATEWAY}})`, legend: "open" },
            { expr: `sum(envoy_http_downstream_cx_ssl_active{${OF_GATEWAY}})`, legend: "encrypted" },
          ],
        },
        {
          title: "TLS handshakes",
          description:
            "Handshakes and those that failed. Failures right after a change: clients do not trust the certificate. Empty without TLS.",
          kind: "timeseries",
          unit: "ops",
          width: 8,
          min: 0,
          queries: [
            { expr: `sum(rate(envoy_listener_ssl_handshake{${OF_GATEWAY}}[$__rate_interval]))`, legend: "handshakes" },
            {
              expr: `sum(rate(envoy_listener_ssl_connection_error{${OF_GATEWAY}}[$__rate_interval]))`,
              legend: "failed",
            },
          ],
        },
        {
          title: "Certificates of listeners end in",
          description:
            "What clients see. Renew before it ends; LlmdCertificateExpiring fires two weeks before. Empty without TLS.",
          kind: "timeseries",
          unit: "s",
          width: 8,
          queries: [
            {
              expr: `min by (gateway) ({__name__=~"envoy_listener_ssl_certificate_.+_expiration_unix_time_seconds", ${OF_GATEWAY}}) - time()`,
              legend: "{{gateway}}",
            },
          ],
        },
      ],
    },
  ],
};
