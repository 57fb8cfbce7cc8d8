import { type DashboardSpec, MODEL, OF_MODEL, quantile } from "./specs";

const OF_GATEWAY = 'job="inference-gateway"';

/** Where requests go, and why: the endpoint picker's side. */
export const ROUTING: DashboardSpec = {
  name: "routing",
  description:
    "How the endpoint picker chooses replicas, what it knows of their caches, and how evenly the load is spread.",
  variables: [MODEL],
  links: ["llmPerformance", "gateway"],
  rows: [
    {
      title: "At a glance",
      panels: [
        {
          title: "Decisions",
          description: "Choices of a replica by the second. As many as requests at the gateway; if not, see failures.",
          kind: "stat",
          unit: "reqps",
          width: 6,
          queries: [
            {
              expr: `sum(rate(inference_extension_scheduler_attempts_total{${OF_MODEL}}[$__rate_interval]))`,
              legend: "decisions",
            },
          ],
        },
        {
          title: "Prefix index hit ratio",
          description:
            "Share of each prompt that the endpoint picker has sent somewhere before. Low: traffic does not repeat, and no " +
            "routing can make it cached.",
          kind: "stat",
          unit: "percentunit",
          width: 6,
          min: 0,
          max: 1,
          queries: [{ expr: `avg(llmd:prefix_index_hit:ratio_rate5m{${OF_MODEL}})`, legend: "hit ratio" }],
          thresholds: [
            { from: 0, color: "red" },
            { from: 0.3, color: "yellow" },
            { from: 0.6, color: "green" },
          ],
        },
        {
          title: "Unevenness",
          description:
            "How much replicas differ in requests: 0 is even, 1 is as much as each answers on average. High with many waiting: " +
            "give the queue scorer more weight.",
          kind: "stat",
          unit: "percentunit",
          width: 6,
          min: 0,
          queries: [{ expr: `max(llmd:request_imbalance:ratio{${OF_MODEL}})`, legend: "unevenness" }],
          thresholds: [
            { from: 0.7, color: "yellow" },
            { from: 1.2, color: "red" },
          ],
        },
        {
          title: "Ready replicas",
          description: "Replicas that the endpoint picker can choose. None: every request fails.",
          kind: "stat",
          unit: "short",
          width: 6,
          queries: [{ expr: `sum(inference_pool_ready_pods{${OF_MODEL}})`, legend: "replicas" }],
          thresholds: [
            { from: 0, color: "red" },
            { from: 1, color: "green" },
          ],
        },
      ],
    },
    {
      title: "Decisions",
      panels: [
        {
          title: "Requests by replica",
          description:
            "Where the endpoint picker sends requests, by what the replicas answer; it does not count them by replica itself.",
          kind: "timeseries",
          unit: "reqps",
          width: 12,
          min: 0,
          stacked: true,
          queries: [{ expr: `sum by (pod) (llmd:requests:rate5m{${OF_MODEL}})`, legend: "{{pod}}" }],
        },
        {
          title: "Unevenness by model",
          description:
            "Prompts that share a prefix belong together, so some is right; it should fall when replicas are busy.",
          kind: "timeseries",
          unit: "percentunit",
          width: 12,
          min: 0,
          queries: [{ expr: `llmd:request_imbalance:ratio{${OF_MODEL}}`, legend: "{{pool}}" }],
        },
        {
          title: "Decisions by outcome",
          description: "Failures: no replica was ready, or all were refused. See the endpoint picker's log.",
          kind: "timeseries",
          unit: "reqps",
          width: 12,
          min: 0,
          queries: [
            {
              expr: `sum by (pool, status) (rate(inference_extension_scheduler_attempts_total{${OF_MODEL}}[$__rate_interval]))`,
              legend: "{{pool}} {{status}}",
            },
          ],
        },
        {
          title: "Waiting at replicas, as the endpoint picker sees it",
          description: "What the queue scorer decides by. It lags behind by one look at each replica's metrics.",
          kind: "timeseries",
          unit: "short",
          width: 12,
          min: 0,
          queries: [
            {
              expr: `sum by (model_server_pod) (inference_pool_per_pod_queue_size{${OF_MODEL}})`,
              legend: "{{model_server_pod}}",
            },
          ],
        },
      ],
    },
    {
      title: "Prefix index",
      panels: [
        {
          title: "Hit ratio, index against cache",
          description:
            "What the index expects to be cached, and what was. A wide gap: replicas drop what they had, so give them more KV " +
            "cache or more replicas, and compare block sizes.",
          kind: "timeseries",
          unit: "percentunit",
          width: 12,
          min: 0,
          max: 1,
          queries: [
            { expr: `llmd:prefix_index_hit:ratio_rate5m{${OF_MODEL}}`, legend: "{{pool}} index" },
            { expr: `llmd:prefix_cache_hit:ratio_rate5m{${OF_MODEL}}`, legend: "{{pool}} cache" },
          ],
        },
        {
          title: "Size of the index",
          description: "Blocks that the index remembers. It stops growing at lruCapacityPerServer for each replica.",
          kind: "timeseries",
          unit: "short",
          width: 12,
          min: 0,
          queries: [
            { expr: `sum by (pool) (inference_extension_prefix_indexer_size{${OF_MODEL}})`, legend: "{{pool}}" },
          ],
        },
      ],
    },
    {
      title: "Time and failures",
      panels: [
        {
          title: "Time to decide",
          description:
            "All of the scheduling of a request. Above some milliseconds: give the endpoint picker more CPU.",
          kind: "timeseries",
          unit: "s",
          width: 8,
          min: 0,
          queries: [50, 99].map((percent) => ({
            expr: quantile(percent / 100, "inference_extension_scheduler_e2e_duration_seconds", OF_MODEL),
            legend: `p${percent}`,
          })),
          thresholds: [{ from: 0.02, color: "red" }],
        },
        {
          title: "Time by plugin, p99",
          description: "Which scorer takes the time. The prefix scorer's grows with the length of prompts.",
          kind: "timeseries",
          unit: "s",
          width: 8,
          min: 0,
          queries: [
            {
              expr: quantile(
                0.99,
                "inference_extension_plugin_duration_seconds",
                OF_MODEL,
                "plugin_type, extension_point",
              ),
              legend: "{{plugin_type}} {{extension_point}}",
            },
          ],
        },
        {
          title: "Failed questions of the gateway",
          description:
            "Streams to the endpoint picker that broke off or timed out, and requests that were sent on without it. Anything " +
            "but zero: see the runbooks of LlmdEndpointPickerFailing and LlmdEndpointPickerFailingOpen.",
          kind: "timeseries",
          unit: "reqps",
          width: 8,
          min: 0,
          queries: [
            {
              expr: `sum(rate(envoy_http_ext_proc_streams_failed{${OF_GATEWAY}}[$__rate_interval]))`,
              legend: "broken off",
            },
            {
              expr: `sum(rate(envoy_http_ext_proc_message_timeouts{${OF_GATEWAY}}[$__rate_interval]))`,
              legend: "timed out",
            },
            {
              expr: `sum(rate(envoy_http_ext_proc_failure_mode_allowed{${OF_GATEWAY}}[$__rate_interval]))`,
              legend: "sent on without",
            },
          ],
          thresholds: [{ from: 0.01, color: "red" }],
        },
        {
          title: "Errors by code",
          description:
            "What the endpoint picker answered with instead of a replica. Empty as long as there was none: the counter is made " +
            "with the first.",
          kind: "timeseries",
          unit: "reqps",
          width: 12,
          min: 0,
          queries: [
            {
              expr: `sum by (error_code) (rate(inference_objective_request_error_total{${OF_MODEL}}[$__rate_interval]))`,
              legend: "{{error_code}}",
            },
          ],
        },
        {
          title: "Whole requests, as the endpoint picker sees them",
          description: "From its decision to the end of the answer, by the model that clients asked for.",
          kind: "timeseries",
          unit: "s",
          width: 12,
          min: 0,
          queries: [
            {
              expr: quantile(0.95, "inference_objective_request_duration_seconds", OF_MODEL, "model_name"),
              legend: "{{model_name}} p95",
            },
          ],
        },
      ],
    },
  ],
};
