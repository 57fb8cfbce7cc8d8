import { type DashboardSpec, MODEL, OF_MODEL, OF_POD, percentiles, POD } from "./specs";

/** What users of the models feel: time to the first token, between tokens, and what the cache does for them. */
export const LLM_PERFORMANCE: DashboardSpec = {
  name: "llmPerformance",
  description: "How fast models answer, how much of each prompt comes from the cache, and how full the replicas are.",
  variables: [MODEL, POD],
  links: ["routing", "gateway", "gpu", "capacity"],
  rows: [
    {
      title: "At a glance",
      panels: [
        {
          title: "Time to first token, p95",
          description:
            "Nineteen of twenty requests get their first token within this time. Above a second: look at the cache hit rate " +
            "and at waiting requests first.",
          kind: "stat",
          unit: "s",
          width: 6,
          queries: [{ expr: percentiles("vllm:time_to_first_token_seconds", OF_POD)[1]!.expr, legend: "p95" }],
          thresholds: [
            { from: 0.5, color: "yellow" },
            { from: 1, color: "red" },
          ],
        },
        {
          title: "Cache hit rate",
          description:
            "Share of prompt tokens that a replica had in its KV cache. With traffic that repeats 90 % and more; when it falls, " +
            "see LLM Routing.",
          kind: "stat",
          unit: "percentunit",
          width: 6,
          min: 0,
          max: 1,
          queries: [
            {
              expr: `sum(llmd:prefix_cache_hits:rate5m{${OF_POD}}) / (sum(llmd:prefix_cache_queries:rate5m{${OF_POD}}) > 0)`,
              legend: "hit rate",
            },
          ],
          thresholds: [
            { from: 0, color: "red" },
            { from: 0.5, color: "yellow" },
            { from: 0.8, color: "green" },
          ],
        },
        {
          title: "Requests",
          description: "Answered requests by the second, over all chosen replicas.",
          kind: "stat",
          unit: "reqps",
          width: 6,
          queries: [{ expr: `sum(rate(vllm:request_success_total{${OF_POD}}[$__rate_interval]))`, legend: "requests" }],
        },
        {
          title: "Waiting",
          description: "Requests that no replica has begun. More than a handful for each replica: add replicas.",
          kind: "stat",
          unit: "short",
          width: 6,
          queries: [{ expr: `sum(vllm:num_requests_waiting{${OF_POD}})`, legend: "waiting" }],
          thresholds: [
            { from: 5, color: "yellow" },
            { from: 20, color: "red" },
          ],
        },
      ],
    },
    {
      title: "Latency",
      panels: [
        {
          title: "Time to first token",
          description:
            "From the request's arrival at the replica to its first token: waiting and prefill. A cached prompt takes a " +
            "fraction of a new one, so a wide gap between p50 and p95 is prompts that were not cached.",
          kind: "timeseries",
          unit: "s",
          width: 12,
          min: 0,
          queries: percentiles("vllm:time_to_first_token_seconds", OF_POD),
          thresholds: [{ from: 1, color: "red" }],
        },
        {
          title: "Inter-token latency",
          description:
            "Time between two tokens of an answer. Rises with the number of running requests; when it is too long, spread them " +
            "over more replicas.",
          kind: "timeseries",
          unit: "s",
          width: 12,
          min: 0,
          queries: [50, 95, 99].map((percent) => ({
            expr: `histogram_quantile(${percent / 100}, sum by (le) (llmd:inter_token_latency_seconds_bucket:rate5m{${OF_POD}}))`,
            legend: `p${percent}`,
          })),
        },
        {
          title: "Whole request",
          description: "From arrival to the last token. Long answers take long: compare with tokens by request.",
          kind: "timeseries",
          unit: "s",
          width: 12,
          min: 0,
          queries: percentiles("vllm:e2e_request_latency_seconds", OF_POD),
        },
        {
          title: "Requests slower than promised",
          description:
            "Share of requests beyond the objectives for first token and whole answer. LlmdTimeToFirstTokenBurn and " +
            "LlmdLatencyBurn are made from it.",
          kind: "timeseries",
          unit: "percentunit",
          width: 12,
          min: 0,
          max: 1,
          queries: [
            { expr: `llmd:slow_first_tokens:ratio_rate5m{${OF_MODEL}}`, legend: "{{pool}} first token" },
            { expr: `llmd:slow_requests:ratio_rate5m{${OF_MODEL}}`, legend: "{{pool}} whole answer" },
          ],
        },
      ],
    },
    {
      title: "Cache",
      panels: [
        {
          title: "Cache hit rate by model",
          description:
            "Falls when traffic stops to repeat, when replicas restart, or when their caches are too small for it.",
          kind: "timeseries",
          unit: "percentunit",
          width: 12,
          min: 0,
          max: 1,
          queries: [{ expr: `llmd:prefix_cache_hit:ratio_rate5m{${OF_MODEL}}`, legend: "{{pool}}" }],
        },
        {
          title: "Cache hit rate by replica",
          description: "One replica far below the others: it has restarted, or gets the requests that fit nowhere.",
          kind: "timeseries",
          unit: "percentunit",
          width: 12,
          min: 0,
          max: 1,
          queries: [
            {
              expr: `llmd:prefix_cache_hits:rate5m{${OF_POD}} / (llmd:prefix_cache_queries:rate5m{${OF_POD}} > 0)`,
              legend: "{{pod}}",
            },
          ],
        },
        {
          title: "KV cache in use",
          description:
            "Share of the KV cache that running requests hold. Near 100 % new ones wait and nothing stays cached: allow fewer " +
            "or shorter requests, or add replicas.",
          kind: "timeseries",
          unit: "percentunit",
          width: 12,
          min: 0,
          max: 1,
          queries: [{ expr: `llmd:kv_cache_usage:ratio{${OF_POD}}`, legend: "{{pod}}" }],
          thresholds: [{ from: 0.95, color: "red" }],
        },
        {
          title: "Preemptions",
          description:
            "Requests that were put back because the KV cache was full; they are computed again. None is right. The simulator " +
            "of the embedded environment has none to report.",
          kind: "timeseries",
          unit: "ops",
          width: 12,
          min: 0,
          queries: [
            { expr: `sum by (pod) (rate(vllm:num_preemptions_total{${OF_POD}}[$__rate_interval]))`, legend: "{{pod}}" },
          ],
        },
      ],
    },
    {
      title: "Load",
      panels: [
        {
          title: "Running and waiting",
          description:
            "Requests that are computed, and those that wait for it. Waiting ones while replicas differ: see LLM Routing.",
          kind: "timeseries",
          unit: "short",
          width: 12,
          min: 0,
          queries: [
            { expr: `sum(vllm:num_requests_running{${OF_POD}})`, legend: "running" },
            { expr: `sum(vllm:num_requests_waiting{${OF_POD}})`, legend: "waiting" },
          ],
        },
        {
          title: "Tokens",
          description: "Prompt tokens read and tokens generated by the second. Cached prompt tokens count as read.",
          kind: "timeseries",
          unit: "short",
          width: 12,
          min: 0,
          queries: [
            { expr: `sum(rate(vllm:prompt_tokens_total{${OF_POD}}[$__rate_interval]))`, legend: "prompt" },
            { expr: `sum(rate(vllm:generation_tokens_total{${OF_POD}}[$__rate_interval]))`, legend: "generated" },
          ],
        },
        {
          title: "Requests by replica",
          description: "Answered requests by the second. Uneven is right as long as caches are warm and nobody waits.",
          kind: "timeseries",
          unit: "reqps",
          width: 12,
          min: 0,
          stacked: true,
          queries: [{ expr: `sum by (pod) (llmd:requests:rate5m{${OF_POD}})`, legend: "{{pod}}" }],
        },
        {
          title: "Requests by how they ended",
          description:
            "length: cut off at the allowed number of tokens; stop: the model was done; abort: the client went away.",
          kind: "timeseries",
          unit: "reqps",
          width: 12,
          min: 0,
          stacked: true,
          queries: [
            {
              expr: `sum by (finished_reason, finish_reason) (rate(vllm:request_success_total{${OF_POD}}[$__rate_interval]))`,
              legend: "{{finished_reason}}{{finish_reason}}",
            },
          ],
        },
      ],
    },
  ],
};
