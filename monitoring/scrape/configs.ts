import type { Job } from "../metrics/jobs";
import type { Relabeling, ScrapeObject } from "./objects";

/** A step that changes a target's labels, in the form of Prometheus' configuration. */
interface RelabelConfig extends Pick<Relabeling, "action" | "separator" | "regex" | "replacement"> {
  readonly source_labels?: readonly string[];
  readonly target_label?: string;
}

/** A job of Prometheus' configuration: the fields that this program uses. */
interface ScrapeConfig {
  readonly job_name: Job;
  readonly fallback_scrape_protocol?: "PrometheusText0.0.4";
  readonly metrics_path?: string;
  readonly authorization?: { readonly type: "Bearer"; readonly credentials_file: string };
  readonly kubernetes_sd_configs: readonly {
    readonly role: "pod";
    readonly namespaces: { readonly names: readonly string[] };
    readonly selectors: readonly { readonly role: "pod"; readonly label: string }[];
  }[];
  readonly relabel_configs: readonly RelabelConfig[];
}

/** The token's file. Its path is relative to the file with the jobs, so that both can be mounted anywhere. */
export const TOKEN_FILE = "token";

/** What the Prometheus Operator sets on each target of a PodMonitor, and this environment's expressions use. */
const POD_LABELS: readonly RelabelConfig[] = [
  { action: "drop", source_labels: ["__meta_kubernetes_pod_phase"], regex: "(Failed|Succeeded)" },
  { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
  { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
  { source_labels: ["__meta_kubernetes_pod_container_name"], target_label: "container" },
];

/**
 * The same jobs for a Prometheus without operator: a job of its configuration for each PodMonitor, whose targets get the
 * labels that the operator would set.
 */
export function scrapeConfigs(objects: readonly ScrapeObject[]): readonly ScrapeConfig[] {
  return objects.flatMap(({ job, targetNamespace, spec }) =>
    spec.podMetricsEndpoints.map(({ port, path, authorization, relabelings }): ScrapeConfig => ({
      job_name: job,
      fallback_scrape_protocol: spec.fallbackScrapeProtocol,
      metrics_path: path,
      authorization: authorization && { type: authorization.type, credentials_file: TOKEN_FILE },
      kubernetes_sd_configs: [
        {
          role: "pod",
          namespaces: { names: [targetNamespace] },
          selectors: [{ role: "pod", label: labelSelector(spec.selector) }],
        },
      ],
      relabel_configs: [
        ...(port === undefined ? [] : [onPort(port)]),
        ...POD_LABELS,
        ...relabelings.filter(({ targetLabel }) => targetLabel !== "job").map(relabelConfig),
      ],
    })),
  );
}

/** Keeps the port of this name; each of a pod's ports is a target. */
function onPort(name: string): RelabelConfig {
  return { action: "keep", source_labels: ["__meta_kubernetes_pod_container_port_name"], regex: name };
}

/** A selector in the notation of the API server and Prometheus: `app=istiod,!inferencepool`. */
function labelSelector({ matchLabels = {}, matchExpressions = [] }: ScrapeObject["spec"]["selector"]): string {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator }) => (operator === "Exists" ? key : `!${key}`)),
  ].join(",");
}

function relabelConfig(step: Relabeling): RelabelConfig {
  const { action, sourceLabels, separator, regex, targetLabel, replacement } = step;
  return { action, source_labels: sourceLabels, separator, regex, target_label: targetLabel, replacement };
}
