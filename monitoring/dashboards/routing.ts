import { type DashboardSpec, graph, MODEL, OF_MODEL, percentiles, quantile, row, stat } from "./specs";

const OF_GATEWAY = 'job="inference-gateway"';

/** How the endpoint picker chooses replicas, and how evenly it spreads the load. */
export const ROUTING: DashboardSpec = {
  name: "routing",
  description:
    "How the endpoint picker chooses replicas, what it knows of their caches, and how evenly the load is spread.",
  variables: [MODEL],
  links: ["llmPerformance", "gateway"],
  rows: [
    row("At a glance", [
      stat("Decisions", {
        description: "Choices of a replica by the second. As many as requests at the gateway; if not, see failures.",
        unit: "reqps",
        queries: {
          decisions: `sum(rate(inference_extension_scheduler_attempts_total{${OF_MODEL}}[$__rate_interval]))`,
        },
      }),
      stat("Prefix index hit ratio", {
        description:
          "Share of each prompt that the endpoint picker has sent somewhere before. Low: traffic does not repeat, and no " +
          "routing can make it cached.",
        unit: "percentunit",
        min: 0,
        max: 1,
        queries: { "hit ratio": `avg(llmd:prefix_index_hit:ratio_rate5m{${OF_MODEL}})` },
        thresholds: { red: 0, yellow: 0.3, green: 0.6 },
      }),
      stat("Unevenness", {
        description:
          "How much replicas differ in requests: 0 is even, 1 is as much as each answers on average. High with many waiting: " +
          "give the queue scorer more weight.",
        unit: "percentunit",
        min: 0,
        queries: { unevenness: `max(llmd:request_imbalance:ratio{${OF_MODEL}})` },
        thresholds: { yellow: 0.7, red: 1.2 },
      }),
      stat("Ready replicas", {
        description: "Replicas that the endpoint picker can choose. None: every request fails.",
        unit: "short",
        queries: { replicas: `sum(inference_pool_ready_pods{${OF_MODEL}})` },
        thresholds: { red: 0, green: 1 },
      }),
    ]),
    row("Decisions", [
      graph("Requests by replica", {
        description:
          "Where the endpoint picker sends requests, by what the replicas answer; it does not count them by replica itself.",
        unit: "reqps",
        stacked: true,
        queries: { "{{pod}}": `sum by (pod) (llmd:requests:rate5m{${OF_MODEL}})` },
      }),
      graph("Unevenness by model", {
        description:
          "Prompts that share a prefix belong together, so some is right; it should fall when replicas are busy.",
        unit: "percentunit",
        queries: { "{{pool}}": `llmd:request_imbalance:ratio{${OF_MODEL}}` },
      }),
      graph("Decisions by outcome", {
        description: "Failures: no replica was ready, or all were refused. See the endpoint picker's log.",
        unit: "reqps",
        queries: {
          "{{pool}} {{status}}": `sum by (pool, status) (rate(inference_extension_scheduler_attempts_total{${OF_MODEL}}[$__rate_interval]))`,
        },
      }),
      graph("Waiting at replicas, as the endpoint picker sees it", {
        description: "What the queue scorer decides by. It lags behind by one look at each replica's metrics.",
        unit: "short",
        queries: {
          "{{model_server_pod}}": `sum by (model_server_pod) (inference_pool_per_pod_queue_size{${OF_MODEL}})`,
        },
      }),
    ]),
    row("Prefix index", [
      graph("Hit ratio, index against cache", {
        description:
          "What the index expects to be cached, and what was. A wide gap: replicas drop what they had, so give them more KV " +
          "cache or more replicas, and compare block sizes.",
        unit: "percentunit",
        max: 1,
        queries: {
          "{{pool}} index": `llmd:prefix_index_hit:ratio_rate5m{${OF_MODEL}}`,
          "{{pool}} cache": `llmd:prefix_cache_hit:ratio_rate5m{${OF_MODEL}}`,
        },
      }),
      graph("Size of the index", {
        description: "Blocks that the index remembers. It stops growing at lruCapacityPerServer for each replica.",
        unit: "short",
        queries: { "{{pool}}": `sum by (pool) (inference_extension_prefix_indexer_size{${OF_MODEL}})` },
      }),
    ]),
    row("Time and failures", [
      graph("Time to decide", {
        description: "All of the scheduling of a request. Above some milliseconds: give the endpoint picker more CPU.",
        unit: "s",
        width: 8,
        queries: percentiles(
          (q) => quantile(q, "inference_extension_scheduler_e2e_duration_seconds", OF_MODEL),
          [50, 99],
        ),
        thresholds: { red: 0.02 },
      }),
      graph("Time by plugin, p99", {
        description: "Which scorer takes the time. The prefix scorer's grows with the length of prompts.",
        unit: "s",
        width: 8,
        queries: {
          "{{plugin_type}} {{extension_point}}": quantile(
            0.99,
            "inference_extension_plugin_duration_seconds",
            OF_MODEL,
            "plugin_type, extension_point",
          ),
        },
      }),
      graph("Failed questions of the gateway", {
        description:
          "Streams to the endpoint picker that broke off or timed out, and requests that were sent on without it. Anything " +
          "but zero: see the runbooks of LlmdEndpointPickerFailing and LlmdEndpointPickerFailingOpen.",
        unit: "reqps",
        width: 8,
        queries: {
          "broken off": `sum(rate(envoy_http_ext_proc_streams_failed{${OF_GATEWAY}}[$__rate_interval]))`,
          "timed out": `sum(rate(envoy_http_ext_proc_message_timeouts{${OF_GATEWAY}}[$__rate_interval]))`,
          "sent on without": `sum(rate(envoy_http_ext_proc_failure_mode_allowed{${OF_GATEWAY}}[$__rate_interval]))`,
        },
        thresholds: { red: 0.01 },
      }),
      graph("Errors by code", {
        description:
          "What the endpoint picker answered with instead of a replica. Empty as long as there was none: the counter is made " +
          "with the first.",
        unit: "reqps",
        queries: {
          "{{error_code}}": `sum by (error_code) (rate(inference_objective_request_error_total{${OF_MODEL}}[$__rate_interval]))`,
        },
      }),
      graph("Whole requests, as the endpoint picker sees them", {
        description: "From its decision to the end of the answer, by the model that clients asked for.",
        unit: "s",
        queries: {
          "{{model_name}} p95": quantile(0.95, "inference_objective_request_duration_seconds", OF_MODEL, "model_name"),
        },
      }),
    ]),
  ],
};
