import { JOBS } from "../metrics/jobs";
import type { Alert, RulesArgs } from "./types";

const DAY = 24 * 60 * 60;

/** Istio renews its workloads' certificates 12 hours before they expire. With less time than this left, renewal has failed. */
const AGENT_CERTIFICATE_SECONDS = 4 * 60 * 60;

/** Alerts on scraping, certificates and volumes. */
export function platformAlerts({ expectedJobs, namespaces }: RulesArgs): readonly Alert[] {
  const ours = `namespace=~"${namespaces.join("|")}"`;
  const available = `kubelet_volume_stats_available_bytes{${ours}}`;
  const free = `${available} / kubelet_volume_stats_capacity_bytes{${ours}}`;
  return [
    {
      alert: "LlmdScrapeTargetMissing",
      severity: "warning",
      for: "15m",
      expr: [
        ...expectedJobs.map((job) => `absent(up{job="${job}"})`),
        `up{job=~"${[JOBS.gateway, JOBS.istiod, JOBS.dcgm].join("|")}"} == 0`,
      ].join(" or "),
      summary: "{{ $labels.job }}: a target is missing",
      description:
        "Prometheus finds no target of this job, or cannot reach one. Panels and alerts that need it stay silent.",
    },
    {
      alert: "LlmdCertificateExpiring",
      severity: "warning",
      for: "1h",
      expr: [
        `min by (job, namespace, pod) (citadel_server_root_cert_expiry_timestamp) - time() < ${30 * DAY}`,
        `min by (job, namespace, pod) ({__name__=~"envoy_listener_ssl_certificate_.+_expiration_unix_time_seconds"}) - time() < ${14 * DAY}`,
        `min by (job, namespace, pod) (istio_agent_cert_expiry_seconds) < ${AGENT_CERTIFICATE_SECONDS}`,
      ].join(" or "),
      summary: "{{ $labels.pod }}: a certificate ends in {{ $value | humanizeDuration }}",
      description:
        "A certificate was not renewed in time: Istio's root, the gateway's own for the mesh, or the one that clients see.",
    },
    {
      alert: "LlmdVolumeFilling",
      severity: "warning",
      for: "15m",
      expr: `${free} < 0.1 or (predict_linear(${available}[6h], ${DAY}) < 0 and ${free} < 0.3)`,
      summary: "{{ $labels.persistentvolumeclaim }} is nearly full",
      description: "Less than a tenth of the volume is free, or it will be full within a day.",
    },
  ];
}

/**
 * XID errors that an application causes, not the GPU: 13 (exception in the graphics engine), 31 (page fault), 43 and 45 (the
 * process was stopped).
 *
 * @see https://docs.nvidia.com/deploy/xid-errors/
 */
const APPLICATION_XIDS: readonly number[] = [13, 31, 43, 45];

const xid = "DCGM_FI_DEV_XID_ERRORS";

/** Alerts on the GPUs. */
export const GPU_ALERTS: readonly Alert[] = [
  {
    alert: "LlmdGpuXid",
    severity: "critical",
    for: "0m",
    expr: [`${xid} > 0`, ...APPLICATION_XIDS.map((number) => `${xid} != ${number}`)].join(" and "),
    summary: "GPU {{ $labels.gpu }} of {{ $labels.node }}: XID {{ $value }}",
    description:
      "The driver reports a fault of the GPU, its memory or its links. What runs on it may hang or answer nonsense.",
  },
  {
    alert: "LlmdGpuMemoryFailing",
    severity: "warning",
    for: "0m",
    expr: "DCGM_FI_DEV_ROW_REMAP_FAILURE > 0 or increase(DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS[1d]) > 0",
    summary: "GPU {{ $labels.gpu }} of {{ $labels.node }} has bad memory",
    description: "Rows of its memory failed beyond what ECC corrects. They are remapped when the GPU is next reset.",
  },
  {
    alert: "LlmdGpuNotAdvertised",
    severity: "critical",
    for: "10m",
    expr:
      "count by (node) (DCGM_FI_DEV_GPU_UTIL) > on (node) " +
      '(sum by (node) (kube_node_status_allocatable{resource="nvidia_com_gpu"}) ' +
      "or on (node) 0 * count by (node) (DCGM_FI_DEV_GPU_UTIL))",
    summary: "{{ $labels.node }} has {{ $value }} GPUs and does not offer all of them",
    description:
      "The node's device plugin advertises fewer GPUs than there are, so that no pod can ask for the others.",
  },
];
