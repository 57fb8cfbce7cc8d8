/** Samples of one series, in promtool's notation: `0+1x10` counts from 0 to 10. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/** A case of an alert: the series that Prometheus has, and the time at which to look at the alert. */
export interface RuleCase {
  readonly input: readonly InputSeries[];
  /** Time from the start, in promtool's notation. */
  readonly at: string;
}

/** A case in which an alert fires, and one in which it does not and that differs as little as possible. */
export interface AlertCases {
  readonly alert: string;
  readonly severity: "critical" | "warning" | "info";
  readonly firing: RuleCase;
  readonly quiet: RuleCase;
}

const POOL = 'namespace="llm-d", pool="llm-d-gaie"';
const POD = `${POOL}, model_name="m", pod="ms-0"`;
const GATEWAY = 'job="inference-gateway", namespace="llm-d", gateway="g", pod="g-0"';

/** A constant value, for a number of minutes. */
function flat(value: number, minutes: number): string {
  return `${value}x${minutes}`;
}

/** A counter that grows by a fixed number each minute. */
function growing(by: number, minutes: number, from = 0): string {
  return `${from}+${by}x${minutes}`;
}

function series(name: string, labels: string, values: string): InputSeries {
  return { series: `${name}{${labels}}`, values };
}

/** A histogram with the numbers of requests each minute that are within the bound and beyond it. */
function latencies(histogram: string, bound: string, within: number, beyond: number, minutes: number): InputSeries[] {
  return [
    series(`${histogram}_bucket`, `${POD}, le="${bound}"`, growing(within, minutes)),
    series(`${histogram}_bucket`, `${POD}, le="+Inf"`, growing(within + beyond, minutes)),
    series(`${histogram}_count`, POD, growing(within + beyond, minutes)),
  ];
}

function burn(alert: string, histogram: string, bound: string): AlertCases[] {
  return [
    // Nine of ten requests are slow.
    {
      alert,
      severity: "critical",
      firing: { at: "70m", input: latencies(histogram, bound, 1, 9, 90) },
      quiet: { at: "70m", input: latencies(histogram, bound, 100, 0, 90) },
    },
    {
      alert,
      severity: "warning",
      firing: { at: "400m", input: latencies(histogram, bound, 5, 5, 420) },
      // Too few requests for an alert.
      quiet: { at: "400m", input: latencies(histogram, bound, 0, 0.01, 420) },
    },
  ];
}

/** The counters of tokens looked up and tokens found in the prefix cache, with the names of one version. */
function cache(queries: string, hits: string, suffix = "_total"): InputSeries[] {
  return [
    series(`vllm:prefix_cache_queries${suffix}`, POD, queries),
    series(`vllm:prefix_cache_hits${suffix}`, POD, hits),
  ];
}

function index(ratio: number, minutes: number): InputSeries[] {
  return [
    series("inference_extension_prefix_indexer_hit_ratio_sum", POOL, growing(ratio * 60, minutes)),
    series("inference_extension_prefix_indexer_hit_ratio_count", POOL, growing(60, minutes)),
  ];
}

function extProc(failed: number, timeouts: number): InputSeries[] {
  return [
    series("envoy_http_ext_proc_streams_started", GATEWAY, growing(60, 30)),
    series("envoy_http_ext_proc_streams_failed", GATEWAY, growing(failed, 30)),
    series("envoy_http_ext_proc_message_timeouts", GATEWAY, growing(timeouts, 30)),
  ];
}

function answers(good: number, bad: number): InputSeries[] {
  return [
    series("envoy_http_downstream_rq", `${GATEWAY}, response_code_class="2xx"`, growing(good, 30)),
    series("envoy_http_downstream_rq", `${GATEWAY}, response_code_class="5xx"`, growing(bad, 30)),
  ];
}

const DCGM = 'job="dcgm-exporter", node="n", gpu="0"';

function gpus(advertised: string | undefined): InputSeries[] {
  return [
    ...[0, 1].map((gpu) => series("DCGM_FI_DEV_GPU_UTIL", `node="n", gpu="${gpu}"`, flat(50, 30))),
    ...(advertised === undefined
      ? []
      : [series("kube_node_status_allocatable", 'node="n", resource="nvidia_com_gpu"', `${advertised}x30`)]),
  ];
}

/** A target that answers for every job of the default rules, except one job. */
function targets(without?: string): InputSeries[] {
  return ["vllm-instances", "llm-d-scheduler", "inference-gateway", "istiod"]
    .filter((job) => job !== without)
    .map((job) => series("up", `job="${job}", namespace="llm-d", pod="${job}-0"`, flat(1, 60)));
}

function volume(available: number): InputSeries[] {
  const claim = 'namespace="llm-d-monitoring", persistentvolumeclaim="prometheus"';
  return [
    series("kubelet_volume_stats_available_bytes", claim, flat(available, 60)),
    series("kubelet_volume_stats_capacity_bytes", claim, flat(100, 60)),
  ];
}

const DEPLOYMENT = 'namespace="llm-d", deployment="ms-llm-d-modelservice-decode"';

/** A firing and a quiet case of every alert and severity. A unit test fails when one is missing. */
export const ALERT_CASES: readonly AlertCases[] = [
  ...burn("LlmdTimeToFirstTokenBurn", "vllm:time_to_first_token_seconds", "1.0"),
  // Exporters in Go write a whole number without a fraction.
  ...burn("LlmdLatencyBurn", "vllm:e2e_request_latency_seconds", "30"),
  {
    alert: "LlmdModelDown",
    severity: "critical",
    firing: {
      at: "5m",
      input: ["a", "b"].map((pod) => series("up", `job="vllm-instances", ${POOL}, pod="${pod}"`, flat(0, 10))),
    },
    quiet: {
      at: "5m",
      input: [["a", 0] as const, ["b", 1] as const].map(([pod, up]) =>
        series("up", `job="vllm-instances", ${POOL}, pod="${pod}"`, flat(up, 10)),
      ),
    },
  },
  {
    alert: "LlmdReplicaDown",
    severity: "warning",
    firing: { at: "8m", input: [series("up", `job="vllm-instances", ${POD}`, flat(0, 10))] },
    // The replica answers again within five minutes.
    quiet: { at: "8m", input: [series("up", `job="vllm-instances", ${POD}`, "0x4 1x6")] },
  },
  {
    alert: "LlmdReplicasMissing",
    severity: "warning",
    firing: {
      at: "20m",
      input: [
        series("kube_deployment_spec_replicas", DEPLOYMENT, flat(3, 30)),
        series("kube_deployment_status_replicas_available", DEPLOYMENT, flat(2, 30)),
      ],
    },
    quiet: {
      at: "20m",
      input: [
        series("kube_deployment_spec_replicas", 'namespace="llm-d", deployment="other"', flat(3, 30)),
        series("kube_deployment_status_replicas_available", 'namespace="llm-d", deployment="other"', flat(2, 30)),
      ],
    },
  },
  {
    alert: "LlmdReplicaRestarting",
    severity: "warning",
    firing: {
      at: "60m",
      input: [
        series(
          "kube_pod_container_status_restarts_total",
          'namespace="llm-d", pod="ms-qwen-llm-d-modelservice-decode-0", container="vllm"',
          "0x20 1x15 2x10 4x20",
        ),
      ],
    },
    quiet: {
      at: "60m",
      input: [
        series(
          "kube_pod_container_status_restarts_total",
          'namespace="llm-d", pod="ms-llm-d-modelservice-decode-0", container="vllm"',
          "0x30 1x30",
        ),
      ],
    },
  },
  {
    alert: "LlmdQueueGrowing",
    severity: "warning",
    firing: { at: "30m", input: [series("vllm:num_requests_waiting", POD, growing(1, 40))] },
    // As many requests, but the number falls.
    quiet: { at: "30m", input: [series("vllm:num_requests_waiting", POD, "60-1x40")] },
  },
  {
    alert: "LlmdKvCacheFull",
    severity: "warning",
    firing: { at: "20m", input: [series("vllm:gpu_cache_usage_perc", POD, flat(0.99, 30))] },
    // A version with both names: the newer one counts.
    quiet: {
      at: "20m",
      input: [
        series("vllm:kv_cache_usage_perc", POD, flat(0.5, 30)),
        series("vllm:gpu_cache_usage_perc", POD, flat(0.99, 30)),
      ],
    },
  },
  {
    alert: "LlmdCacheHitRateCollapsed",
    severity: "critical",
    firing: { at: "430m", input: cache(growing(60_000, 440), "0+54000x400 21603000+3000x40") },
    quiet: { at: "430m", input: cache(growing(60_000, 440), growing(54_000, 440)) },
  },
  {
    alert: "LlmdCacheHitRateLow",
    severity: "warning",
    // The simulator's names here, and those of old versions of vLLM in the quiet case.
    firing: { at: "40m", input: [...cache(growing(60_000, 60), growing(6_000, 60), ""), ...index(0.9, 60)] },
    quiet: {
      at: "40m",
      input: [
        series("vllm:gpu_prefix_cache_queries_total", POD, growing(60_000, 60)),
        series("vllm:gpu_prefix_cache_hits_total", POD, growing(6_000, 60)),
        ...index(0.1, 60),
      ],
    },
  },
  {
    alert: "LlmdEndpointPickerDown",
    severity: "critical",
    firing: { at: "5m", input: [series("up", `job="llm-d-scheduler", ${POOL}, pod="epp"`, flat(0, 10))] },
    quiet: { at: "5m", input: [series("up", `job="llm-d-scheduler", ${POOL}, pod="epp"`, flat(1, 10))] },
  },
  {
    alert: "LlmdEndpointPickerFailing",
    severity: "critical",
    firing: { at: "20m", input: extProc(0, 3) },
    quiet: { at: "20m", input: extProc(0.2, 0.2) },
  },
  {
    alert: "LlmdEndpointPickerFailingOpen",
    severity: "warning",
    firing: { at: "20m", input: [series("envoy_http_ext_proc_failure_mode_allowed", GATEWAY, growing(6, 30))] },
    quiet: { at: "20m", input: [series("envoy_http_ext_proc_failure_mode_allowed", GATEWAY, flat(6, 30))] },
  },
  {
    alert: "LlmdGatewayErrors",
    severity: "critical",
    firing: { at: "20m", input: answers(540, 60) },
    // One error each minute, but too little traffic.
    quiet: { at: "20m", input: answers(0, 1) },
  },
  {
    alert: "LlmdGpuXid",
    severity: "critical",
    firing: { at: "5m", input: [series("DCGM_FI_DEV_XID_ERRORS", DCGM, flat(79, 10))] },
    quiet: { at: "5m", input: [series("DCGM_FI_DEV_XID_ERRORS", DCGM, flat(31, 10))] },
  },
  {
    alert: "LlmdGpuMemoryFailing",
    severity: "warning",
    firing: { at: "30m", input: [series("DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", DCGM, "0x10 1x30")] },
    // Rows that failed earlier; no new failure.
    quiet: {
      at: "30m",
      input: [
        series("DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", DCGM, flat(1, 40)),
        series("DCGM_FI_DEV_ROW_REMAP_FAILURE", DCGM, flat(0, 40)),
      ],
    },
  },
  {
    alert: "LlmdGpuNotAdvertised",
    severity: "critical",
    // Without a device plugin the series does not exist; its value is not zero.
    firing: { at: "20m", input: gpus(undefined) },
    quiet: { at: "20m", input: gpus("2") },
  },
  {
    alert: "LlmdScrapeTargetMissing",
    severity: "warning",
    firing: { at: "30m", input: targets("istiod") },
    quiet: { at: "30m", input: targets() },
  },
  {
    alert: "LlmdCertificateExpiring",
    severity: "warning",
    firing: {
      at: "90m",
      input: [
        // Two certificates of one listener.
        ...["a", "b"].map((name) =>
          series(
            `envoy_listener_ssl_certificate_${name}_expiration_unix_time_seconds`,
            `${GATEWAY}, listener_address="0.0.0.0_443"`,
            flat(86_400, 120),
          ),
        ),
      ],
    },
    quiet: {
      at: "90m",
      input: [
        series(
          "citadel_server_root_cert_expiry_timestamp",
          'job="istiod", namespace="istio-system", pod="i"',
          flat(1e9, 120),
        ),
        series("istio_agent_cert_expiry_seconds", GATEWAY, flat(50_000, 120)),
      ],
    },
  },
  {
    alert: "LlmdVolumeFilling",
    severity: "warning",
    firing: { at: "30m", input: volume(5) },
    quiet: { at: "30m", input: volume(50) },
  },
];
