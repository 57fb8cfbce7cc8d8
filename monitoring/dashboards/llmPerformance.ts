import { type DashboardSpec, graph, MODEL, OF_MODEL, OF_POD, percentiles, POD, quantile, row, stat } from "./specs";

/** How fast models answer, and how much of that the cache does. */
export const LLM_PERFORMANCE: DashboardSpec = {
  name: "llmPerformance",
  description: "How fast models answer, how much of each prompt comes from the cache, and how full the replicas are.",
  variables: [MODEL, POD],
  links: ["routing", "gateway", "gpu", "capacity"],
  rows: [
    row("At a glance", [
      stat("Time to first token, p95", {
        description:
          "Nineteen of twenty requests get their first token within this time. Above a second: look at the cache hit rate " +
          "and at waiting requests first.",
        unit: "s",
        queries: { p95: quantile(0.95, "vllm:time_to_first_token_seconds", OF_POD) },
        thresholds: { yellow: 0.5, red: 1 },
      }),
      stat("Cache hit rate", {
        description:
          "Share of prompt tokens that a replica had in its KV cache. With traffic that repeats 90 % and more; when it falls, " +
          "see LLM Routing.",
        unit: "percentunit",
        min: 0,
        max: 1,
        queries: {
          "hit rate": `sum(llmd:prefix_cache_hits:rate5m{${OF_POD}}) / (sum(llmd:prefix_cache_queries:rate5m{${OF_POD}}) > 0)`,
        },
        thresholds: { red: 0, yellow: 0.5, green: 0.8 },
      }),
      stat("Requests", {
        description: "Answered requests by the second, over all chosen replicas.",
        unit: "reqps",
        queries: { requests: `sum(rate(vllm:request_success_total{${OF_POD}}[$__rate_interval]))` },
      }),
      stat("Waiting", {
        description: "Requests that no replica has begun. More than a handful for each replica: add replicas.",
        unit: "short",
        queries: { waiting: `sum(vllm:num_requests_waiting{${OF_POD}})` },
        thresholds: { yellow: 5, red: 20 },
      }),
    ]),
    row("Latency", [
      graph("Time to first token", {
        description:
          "From the request's arrival at the replica to its first token: waiting and prefill. A cached prompt takes a " +
          "fraction of a new one, so a wide gap between p50 and p95 is prompts that were not cached.",
        unit: "s",
        queries: percentiles((q) => quantile(q, "vllm:time_to_first_token_seconds", OF_POD)),
        thresholds: { red: 1 },
      }),
      graph("Inter-token latency", {
        description:
          "Time between two tokens of an answer. Rises with the number of running requests; when it is too long, spread them " +
          "over more replicas.",
        unit: "s",
        queries: percentiles(
          (q) => `histogram_quantile(${q}, sum by (le) (llmd:inter_token_latency_seconds_bucket:rate5m{${OF_POD}}))`,
        ),
      }),
      graph("Whole request", {
        description: "From arrival to the last token. Long answers take long: compare with tokens by request.",
        unit: "s",
        queries: percentiles((q) => quantile(q, "vllm:e2e_request_latency_seconds", OF_POD)),
      }),
      graph("Requests slower than promised", {
        description:
          "Share of requests beyond the objectives for first token and whole answer. LlmdTimeToFirstTokenBurn and " +
          "LlmdLatencyBurn are made from it.",
        unit: "percentunit",
        max: 1,
        queries: {
          "{{pool}} first token": `llmd:slow_first_tokens:ratio_rate5m{${OF_MODEL}}`,
          "{{pool}} whole answer": `llmd:slow_requests:ratio_rate5m{${OF_MODEL}}`,
        },
      }),
    ]),
    row("Cache", [
      graph("Cache hit rate by model", {
        description:
          "Falls when traffic stops to repeat, when replicas restart, or when their caches are too small for it.",
        unit: "percentunit",
        max: 1,
        queries: { "{{pool}}": `llmd:prefix_cache_hit:ratio_rate5m{${OF_MODEL}}` },
      }),
      graph("Cache hit rate by replica", {
        description: "One replica far below the others: it has restarted, or gets the requests that fit nowhere.",
        unit: "percentunit",
        max: 1,
        queries: {
          "{{pod}}": `llmd:prefix_cache_hits:rate5m{${OF_POD}} / (llmd:prefix_cache_queries:rate5m{${OF_POD}} > 0)`,
        },
      }),
      graph("KV cache in use", {
        description:
          "Share of the KV cache that running requests hold. Near 100 % new ones wait and nothing stays cached: allow fewer " +
          "or shorter requests, or add replicas.",
        unit: "percentunit",
        max: 1,
        queries: { "{{pod}}": `llmd:kv_cache_usage:ratio{${OF_POD}}` },
        thresholds: { red: 0.95 },
      }),
      graph("Preemptions", {
        description:
          "Requests that were put back because the KV cache was full; they are computed again. None is right. The simulator " +
          "of the embedded environment has none to report.",
        unit: "ops",
        queries: { "{{pod}}": `sum by (pod) (rate(vllm:num_preemptions_total{${OF_POD}}[$__rate_interval]))` },
      }),
    ]),
    row("Load", [
      graph("Running and waiting", {
        description:
          "Requests that are computed, and those that wait for it. Waiting ones while replicas differ: see LLM Routing.",
        unit: "short",
        queries: {
          running: `sum(vllm:num_requests_running{${OF_POD}})`,
          waiting: `sum(vllm:num_requests_waiting{${OF_POD}})`,
        },
      }),
      graph("Tokens", {
        description: "Prompt tokens read and tokens generated by the second. Cached prompt tokens count as read.",
        unit: "short",
        queries: {
          prompt: `sum(rate(vllm:prompt_tokens_total{${OF_POD}}[$__rate_interval]))`,
          generated: `sum(rate(vllm:generation_tokens_total{${OF_POD}}[$__rate_interval]))`,
        },
      }),
      graph("Requests by replica", {
        description: "Answered requests by the second. Uneven is right as long as caches are warm and nobody waits.",
        unit: "reqps",
        stacked: true,
        queries: { "{{pod}}": `sum by (pod) (llmd:requests:rate5m{${OF_POD}})` },
      }),
      graph("Requests by how they ended", {
        description:
          "length: cut off at the allowed number of tokens; stop: the model was done; abort: the client went away.",
        unit: "reqps",
        stacked: true,
        queries: {
          "{{finished_reason}}{{finish_reason}}": `sum by (finished_reason, finish_reason) (rate(vllm:request_success_total{${OF_POD}}[$__rate_interval]))`,
        },
      }),
    ]),
  ],
};
