import { JOBS } from "../metrics/jobs";
import type { Alert } from "./types";

/** Deployments of model servers. The model chart makes their names from the releases of components/naming.ts. */
const MODEL_DEPLOYMENTS = "ms(-.+)?-llm-d-modelservice-decode";

/** A hit rate has a meaning above 100 tokens per second that vLLM looks up in the prefix cache. */
const TRAFFIC = "sum by (namespace, pool) (llmd:prefix_cache_queries:rate5m) > 100";

/** Alerts on the model servers. */
export const SERVING_ALERTS: readonly Alert[] = [
  {
    alert: "LlmdModelDown",
    severity: "critical",
    for: "2m",
    expr: `sum by (namespace, pool) (up{job="${JOBS.modelServers}"}) == 0`,
    summary: "{{ $labels.pool }}: no replica answers",
    description: "None of the model's replicas can be reached; every request for it fails.",
  },
  {
    alert: "LlmdReplicaDown",
    severity: "warning",
    for: "5m",
    expr: `up{job="${JOBS.modelServers}"} == 0`,
    summary: "{{ $labels.pod }} does not answer",
    description:
      "A replica cannot be reached on its port. The others answer its requests, with more of them each and without what " +
      "it had cached.",
  },
  {
    alert: "LlmdReplicasMissing",
    severity: "warning",
    for: "15m",
    expr:
      `kube_deployment_spec_replicas{deployment=~"${MODEL_DEPLOYMENTS}"} - ` +
      "on (namespace, deployment) kube_deployment_status_replicas_available > 0",
    summary: "{{ $labels.deployment }}: {{ $value }} replicas are missing",
    description:
      "Fewer replicas are available than are asked for: no free GPU, weights that do not load, or failing probes.",
  },
  {
    alert: "LlmdReplicaRestarting",
    severity: "warning",
    for: "0m",
    expr: `increase(kube_pod_container_status_restarts_total{pod=~"${MODEL_DEPLOYMENTS}-.*"}[1h]) > 2`,
    summary: "{{ $labels.pod }} restarts again and again",
    description:
      "{{ $labels.container }} was restarted {{ $value | humanize }} times within the last hour. Each restart empties its cache.",
  },
  {
    alert: "LlmdQueueGrowing",
    severity: "warning",
    for: "5m",
    expr:
      "sum by (namespace, pool) (avg_over_time(vllm:num_requests_waiting[5m])) > " +
      "5 * count by (namespace, pool) (vllm:num_requests_waiting) and on (namespace, pool) " +
      "sum by (namespace, pool) (deriv(vllm:num_requests_waiting[15m])) > 0",
    summary: "{{ $labels.pool }}: {{ $value | humanize }} requests wait, and ever more",
    description:
      "More than five requests wait for each replica, and their number grows: more come in than the replicas can take.",
  },
  {
    alert: "LlmdKvCacheFull",
    severity: "warning",
    for: "10m",
    expr: "llmd:kv_cache_usage:ratio > 0.95",
    summary: "{{ $labels.pod }}: its KV cache is full",
    description:
      "{{ $value | humanizePercentage }} of the KV cache are in use by running requests. New ones wait or push out others, " +
      "and nothing stays cached for the next turn.",
  },
  {
    alert: "LlmdCacheHitRateCollapsed",
    severity: "critical",
    for: "15m",
    expr:
      "llmd:prefix_cache_hit:ratio_rate5m < 0.5 * avg_over_time(llmd:prefix_cache_hit:ratio_rate5m[6h] offset 30m) " +
      "and avg_over_time(llmd:prefix_cache_hit:ratio_rate5m[6h] offset 30m) > 0.2 " +
      `and on (namespace, pool) ${TRAFFIC}`,
    summary: "{{ $labels.pool }}: the cache hit rate has fallen to {{ $value | humanizePercentage }}",
    description: "It is less than half of what it was over the last six hours. Time to first token rises as it falls.",
  },
  {
    alert: "LlmdCacheHitRateLow",
    severity: "warning",
    for: "15m",
    expr:
      "llmd:prefix_cache_hit:ratio_rate5m < 0.3 and on (namespace, pool) llmd:prefix_index_hit:ratio_rate5m > 0.6 " +
      `and on (namespace, pool) ${TRAFFIC}`,
    summary:
      "{{ $labels.pool }}: prompts repeat, and only {{ $value | humanizePercentage }} of their tokens are cached",
    description:
      "The endpoint picker has seen most of each prompt before and sends it where it was seen, but the replica no longer has " +
      "it: caches are too small for the traffic, or block sizes differ.",
  },
];
