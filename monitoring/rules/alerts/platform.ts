import { JOBS } from "../../jobs";
import type { RulesArgs } from "../index";
import type { Alert } from "../types";

const DAY = 24 * 60 * 60;

/** Istio renews its workloads' certificates of 24 hours when half of their time is over. */
const AGENT_CERTIFICATE_SECONDS = 4 * 60 * 60;

/** Alerts on what everything stands on. */
export function platformAlerts({ expectedJobs, namespaces }: RulesArgs): readonly Alert[] {
  const ours = `namespace=~"${namespaces.join("|")}"`;
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
      expr:
        `kubelet_volume_stats_available_bytes{${ours}} / kubelet_volume_stats_capacity_bytes{${ours}} < 0.1 or ` +
        `(predict_linear(kubelet_volume_stats_available_bytes{${ours}}[6h], ${DAY}) < 0 and ` +
        `kubelet_volume_stats_available_bytes{${ours}} / kubelet_volume_stats_capacity_bytes{${ours}} < 0.3)`,
      summary: "{{ $labels.persistentvolumeclaim }} is nearly full",
      description: "Less than a tenth of the volume is free, or it will be full within a day.",
    },
  ];
}
