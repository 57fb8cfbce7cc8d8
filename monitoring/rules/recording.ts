import { JOBS } from "../metrics/jobs";
import {
  firstOf,
  INTER_TOKEN_LATENCY,
  KV_CACHE_USAGE,
  PREFIX_CACHE_HITS,
  PREFIX_CACHE_QUERIES,
} from "../metrics/promql";
import type { Objectives, RecordingRule, RuleGroup } from "./types";

/** Windows of the burn rates: two for urgent alerts, two for the others. */
const WINDOWS = ["5m", "30m", "1h", "6h"] as const;
export type Window = (typeof WINDOWS)[number];

const BY_POD = "namespace, pool, model_name, pod";
const BY_POOL = "namespace, pool";

/** Matches the bound of a bucket: exporters in Go write a whole number as `1`, those in Python as `1.0`. */
export function bucket(bound: number): string {
  return Number.isInteger(bound) ? `le=~"${bound}(\\\\.0)?"` : `le="${bound}"`;
}

/** The share of requests that took longer than a bound, which must be one of the histogram's buckets. */
function slowShare(histogram: string, bound: number, window: Window): string {
  const within = `sum by (${BY_POOL}) (rate(${histogram}_bucket{${bucket(bound)}}[${window}]))`;
  const all = `sum by (${BY_POOL}) (rate(${histogram}_count[${window}]))`;
  return `1 - ${within} / (${all} > 0)`;
}

function objectiveRules({ timeToFirstToken, latency }: Objectives): RecordingRule[] {
  return WINDOWS.flatMap((window) => [
    {
      record: `llmd:slow_first_tokens:ratio_rate${window}`,
      expr: slowShare("vllm:time_to_first_token_seconds", timeToFirstToken.seconds, window),
    },
    {
      record: `llmd:slow_requests:ratio_rate${window}`,
      expr: slowShare("vllm:e2e_request_latency_seconds", latency.seconds, window),
    },
  ]);
}

/** Rules by the series that they record. */
function recorded(expressions: Readonly<Record<string, string>>): readonly RecordingRule[] {
  return Object.entries(expressions).map(([record, expr]) => ({ record, expr }));
}

const SERVING = recorded({
  "llmd:prefix_cache_queries:rate5m": `sum by (${BY_POD}) (${firstOf(PREFIX_CACHE_QUERIES, (name) => `rate(${name}[5m])`)})`,
  "llmd:prefix_cache_hits:rate5m": `sum by (${BY_POD}) (${firstOf(PREFIX_CACHE_HITS, (name) => `rate(${name}[5m])`)})`,
  "llmd:prefix_cache_hit:ratio_rate5m": `sum by (${BY_POOL}) (llmd:prefix_cache_hits:rate5m) / (sum by (${BY_POOL}) (llmd:prefix_cache_queries:rate5m) > 0)`,
  "llmd:kv_cache_usage:ratio": `max by (${BY_POD}) (${firstOf(KV_CACHE_USAGE, (name) => name)})`,
  "llmd:inter_token_latency_seconds_bucket:rate5m": `sum by (${BY_POD}, le) (${firstOf(INTER_TOKEN_LATENCY, (name) => `rate(${name}_bucket[5m])`)})`,
  "llmd:requests:rate5m": `sum by (${BY_POD}) (rate(vllm:request_success_total[5m]))`,
});

const ROUTING = recorded({
  "llmd:prefix_index_hit:ratio_rate5m":
    `sum by (${BY_POOL}) (rate(inference_extension_prefix_indexer_hit_ratio_sum[5m])) / ` +
    `(sum by (${BY_POOL}) (rate(inference_extension_prefix_indexer_hit_ratio_count[5m])) > 0)`,
  // 0 when all replicas answer the same number of requests, 1 when the standard deviation is as large as the average.
  "llmd:request_imbalance:ratio": `stddev by (${BY_POOL}) (llmd:requests:rate5m) / (avg by (${BY_POOL}) (llmd:requests:rate5m) > 0)`,
});

const GATEWAY = recorded({
  "llmd:gateway_requests:rate5m": `sum by (namespace, gateway, response_code_class) (rate(envoy_http_downstream_rq{job="${JOBS.gateway}"}[5m]))`,
  "llmd:gateway_errors:ratio_rate5m":
    `sum by (namespace, gateway) (llmd:gateway_requests:rate5m{response_code_class="5xx"}) / ` +
    `(sum by (namespace, gateway) (llmd:gateway_requests:rate5m) > 0)`,
});

/** Expressions that several panels or alerts share, each recorded under one name. */
export function recordingGroups(objectives: Objectives): readonly RuleGroup[] {
  return [
    { name: "llmd.serving", rules: SERVING },
    { name: "llmd.routing", rules: ROUTING },
    { name: "llmd.gateway", rules: GATEWAY },
    { name: "llmd.objectives", rules: objectiveRules(objectives) },
  ];
}
