import { JOBS, type Job } from "./jobs";

/** Type of a metric in Prometheus. A histogram has the series `_bucket`, `_sum` and `_count`. */
type MetricKind = "counter" | "gauge" | "histogram";

/** Unit of a metric's value. */
type MetricUnit =
  | "seconds"
  | "milliseconds"
  | "timestamp"
  | "ratio"
  | "percent"
  | "tokens"
  | "requests"
  | "bytes"
  | "mebibytes"
  | "blocks"
  | "watts"
  | "celsius"
  | "count";

/** Where a metric comes from and what it means. */
interface Metric {
  readonly job: Job;
  readonly kind: MetricKind;
  readonly unit: MetricUnit;
  /** Which versions export it, when not all do; or what the metric requires. */
  readonly versions?: string;
  /**
   * How the name is verified. `live`: the embedded environment exports it under load. `when it occurs`: the embedded
   * environment exports it from the first event on. `sample`: nothing embedded exports it, so it is compared with a sample
   * (tests/support/monitoring/samples, and the one that the simulated DCGM exporter serves).
   */
  readonly known: "live" | "when it occurs" | "sample";
}

type Table = Readonly<Record<string, Metric>>;

const vllm = { job: JOBS.modelServers, known: "live" } as const;

/** Only in versions of vLLM other than the simulated one. */
const otherVllm = { job: JOBS.modelServers, known: "sample" } as const;

const OLD_VLLM = "vLLM up to 0.10, deprecated since 0.9";
const NOT_SIMULATED = "vLLM; the simulator leaves out _total";

const MODEL_SERVER_METRICS: Table = {
  "vllm:num_requests_running": { ...vllm, kind: "gauge", unit: "requests" },
  "vllm:num_requests_waiting": { ...vllm, kind: "gauge", unit: "requests" },
  "vllm:kv_cache_usage_perc": { ...vllm, kind: "gauge", unit: "ratio", versions: "vLLM 0.9 and later" },
  "vllm:gpu_cache_usage_perc": { ...otherVllm, kind: "gauge", unit: "ratio", versions: OLD_VLLM },
  "vllm:prefix_cache_queries_total": { ...otherVllm, kind: "counter", unit: "tokens", versions: NOT_SIMULATED },
  "vllm:prefix_cache_hits_total": { ...otherVllm, kind: "counter", unit: "tokens", versions: NOT_SIMULATED },
  "vllm:prefix_cache_queries": { ...vllm, kind: "counter", unit: "tokens", versions: "the simulator" },
  "vllm:prefix_cache_hits": { ...vllm, kind: "counter", unit: "tokens", versions: "the simulator" },
  "vllm:gpu_prefix_cache_queries_total": { ...otherVllm, kind: "counter", unit: "tokens", versions: OLD_VLLM },
  "vllm:gpu_prefix_cache_hits_total": { ...otherVllm, kind: "counter", unit: "tokens", versions: OLD_VLLM },
  "vllm:time_to_first_token_seconds": { ...vllm, kind: "histogram", unit: "seconds" },
  "vllm:e2e_request_latency_seconds": { ...vllm, kind: "histogram", unit: "seconds" },
  "vllm:inter_token_latency_seconds": { ...vllm, kind: "histogram", unit: "seconds", versions: "vLLM 0.11 and later" },
  "vllm:time_per_output_token_seconds": { ...vllm, kind: "histogram", unit: "seconds", versions: "vLLM up to 0.12" },
  "vllm:request_success_total": { ...vllm, kind: "counter", unit: "requests" },
  "vllm:prompt_tokens_total": { ...vllm, kind: "counter", unit: "tokens" },
  "vllm:generation_tokens_total": { ...vllm, kind: "counter", unit: "tokens" },
  "vllm:num_preemptions_total": { ...otherVllm, kind: "counter", unit: "requests", versions: "not the simulator" },
};

const epp = { job: JOBS.endpointPickers, known: "live", versions: "EPP v1.3" } as const;

const ENDPOINT_PICKER_METRICS: Table = {
  inference_extension_scheduler_attempts_total: { ...epp, kind: "counter", unit: "requests" },
  inference_extension_scheduler_e2e_duration_seconds: { ...epp, kind: "histogram", unit: "seconds" },
  inference_extension_plugin_duration_seconds: { ...epp, kind: "histogram", unit: "seconds" },
  inference_extension_prefix_indexer_hit_ratio: { ...epp, kind: "histogram", unit: "ratio" },
  inference_extension_prefix_indexer_size: { ...epp, kind: "gauge", unit: "blocks" },
  inference_objective_request_error_total: { ...epp, kind: "counter", unit: "requests", known: "when it occurs" },
  inference_objective_request_duration_seconds: { ...epp, kind: "histogram", unit: "seconds" },
  inference_pool_per_pod_queue_size: { ...epp, kind: "gauge", unit: "requests" },
  inference_pool_ready_pods: { ...epp, kind: "gauge", unit: "count" },
};

const envoy = { job: JOBS.gateway, known: "live" } as const;
const tls = { ...envoy, known: "when it occurs", versions: "with a TLS listener" } as const;

/** Envoy's own metrics, with Istio's labels. GATEWAY_STATS in the istiod chart's values enables them. */
const GATEWAY_METRICS: Table = {
  envoy_http_downstream_rq: { ...envoy, kind: "counter", unit: "requests" },
  envoy_http_downstream_rq_total: { ...envoy, kind: "counter", unit: "requests" },
  envoy_http_downstream_rq_active: { ...envoy, kind: "gauge", unit: "requests" },
  envoy_http_downstream_rq_time: { ...envoy, kind: "histogram", unit: "milliseconds" },
  envoy_http_downstream_cx_active: { ...envoy, kind: "gauge", unit: "count" },
  envoy_http_downstream_cx_ssl_active: { ...envoy, kind: "gauge", unit: "count" },
  envoy_http_ext_proc_streams_started: { ...envoy, kind: "counter", unit: "requests" },
  envoy_http_ext_proc_streams_failed: { ...envoy, kind: "counter", unit: "requests" },
  envoy_http_ext_proc_message_timeouts: { ...envoy, kind: "counter", unit: "requests" },
  envoy_http_ext_proc_failure_mode_allowed: { ...envoy, kind: "counter", unit: "requests" },
  envoy_cluster_upstream_rq: { ...envoy, kind: "counter", unit: "requests" },
  envoy_cluster_upstream_rq_time: { ...envoy, kind: "histogram", unit: "milliseconds" },
  envoy_cluster_upstream_cx_connect_fail: { ...envoy, kind: "counter", unit: "count" },
  envoy_listener_ssl_handshake: { ...tls, kind: "counter", unit: "count" },
  envoy_listener_ssl_connection_error: { ...tls, kind: "counter", unit: "count" },
  istio_agent_cert_expiry_seconds: { ...envoy, kind: "gauge", unit: "seconds" },
};

/** Metrics whose name contains the name of an object, by a regular expression for the whole name. */
export const METRIC_PATTERNS: Table = {
  "envoy_listener_ssl_certificate_.+_expiration_unix_time_seconds": {
    ...tls,
    kind: "gauge",
    unit: "timestamp",
    versions: "Envoy 1.34 and later, with a TLS listener; the certificate's name is in the metric's",
  },
};

const istiod = { job: JOBS.istiod, known: "live" } as const;

const ISTIOD_METRICS: Table = {
  citadel_server_root_cert_expiry_timestamp: { ...istiod, kind: "gauge", unit: "timestamp" },
  pilot_proxy_convergence_time: { ...istiod, kind: "histogram", unit: "seconds" },
};

const dcgm = { job: JOBS.dcgm, known: "sample" } as const;

/** The DCGM exporter's default counters with profiling (etc/dcp-metrics-included.csv), which the GPU Operator selects. */
const GPU_METRICS: Table = {
  DCGM_FI_DEV_GPU_UTIL: { ...dcgm, kind: "gauge", unit: "percent" },
  DCGM_FI_DEV_FB_USED: { ...dcgm, kind: "gauge", unit: "mebibytes" },
  DCGM_FI_DEV_FB_FREE: { ...dcgm, kind: "gauge", unit: "mebibytes" },
  DCGM_FI_DEV_POWER_USAGE: { ...dcgm, kind: "gauge", unit: "watts" },
  DCGM_FI_DEV_GPU_TEMP: { ...dcgm, kind: "gauge", unit: "celsius" },
  DCGM_FI_DEV_MEMORY_TEMP: { ...dcgm, kind: "gauge", unit: "celsius" },
  DCGM_FI_DEV_XID_ERRORS: { ...dcgm, kind: "gauge", unit: "count" },
  DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS: { ...dcgm, kind: "counter", unit: "count" },
  DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS: { ...dcgm, kind: "counter", unit: "count" },
  DCGM_FI_DEV_ROW_REMAP_FAILURE: { ...dcgm, kind: "gauge", unit: "count" },
  DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL: { ...dcgm, kind: "counter", unit: "mebibytes" },
  DCGM_FI_DEV_PCIE_REPLAY_COUNTER: { ...dcgm, kind: "counter", unit: "count" },
  DCGM_FI_PROF_GR_ENGINE_ACTIVE: { ...dcgm, kind: "gauge", unit: "ratio", versions: "GPUs with profiling, as A100" },
  DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: { ...dcgm, kind: "gauge", unit: "ratio", versions: "GPUs with profiling, as A100" },
  DCGM_FI_PROF_DRAM_ACTIVE: { ...dcgm, kind: "gauge", unit: "ratio", versions: "GPUs with profiling, as A100" },
};

const kubeState = { job: JOBS.kubeState, known: "live", unit: "count" } as const;

const KUBERNETES_METRICS: Table = {
  kube_deployment_spec_replicas: { ...kubeState, kind: "gauge" },
  kube_deployment_status_replicas_available: { ...kubeState, kind: "gauge" },
  kube_node_info: { ...kubeState, kind: "gauge" },
  kube_node_status_allocatable: { ...kubeState, kind: "gauge" },
  kube_node_status_capacity: { ...kubeState, kind: "gauge" },
  kube_pod_container_resource_requests: { ...kubeState, kind: "gauge" },
  kube_pod_status_phase: { ...kubeState, kind: "gauge" },
  kube_pod_container_status_restarts_total: { ...kubeState, kind: "counter" },
  kubelet_volume_stats_available_bytes: { job: JOBS.kubelet, kind: "gauge", unit: "bytes", known: "sample" },
  kubelet_volume_stats_capacity_bytes: { job: JOBS.kubelet, kind: "gauge", unit: "bytes", known: "sample" },
};

/**
 * Every metric that panels, recording rules and alerts use, by its name without a histogram's suffix. A test refuses other
 * names: an alert on a metric that nothing exports never fires, and nobody notices.
 */
export const METRICS: Table = {
  ...MODEL_SERVER_METRICS,
  ...ENDPOINT_PICKER_METRICS,
  ...GATEWAY_METRICS,
  ...ISTIOD_METRICS,
  ...GPU_METRICS,
  ...KUBERNETES_METRICS,
  /** Whether a target answered. Prometheus records it for every target of every job. */
  up: { job: JOBS.prometheus, kind: "gauge", unit: "count", known: "live" },
};

/** The metric of a series, which may have a histogram's suffix. */
export function metricOf(series: string): Metric | undefined {
  const own = METRICS[series];
  if (own !== undefined) return own;
  const histogram = METRICS[series.replace(/_(bucket|sum|count)$/, "")];
  return histogram?.kind === "histogram" ? histogram : undefined;
}
