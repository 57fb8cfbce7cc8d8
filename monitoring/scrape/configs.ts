import type { Job } from "../metrics/jobs";
import type { Relabeling, ScrapeObject } from "./objects";

/** A step that changes a target's labels, as Prometheus' own configuration has it. */
export interface RelabelConfig {
  readonly action?: Relabeling["action"];
  readonly source_labels?: readonly string[];
  readonly separator?: string;
  readonly regex?: string;
  readonly target_label?: string;
  readonly replacement?: string;
}

/** A job of Prometheus' configuration, as far as it is used. */
export interface ScrapeConfig {
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

/**
 * The token's file, beside the file with the jobs: Prometheus takes it from the folder of that one, so that both can be mounted
 * anywhere.
 */
export const TOKEN_FILE = "token";

/** What the Prometheus Operator gives each target of a PodMonitor, and what expressions of this environment go by. */
const POD_LABELS: readonly RelabelConfig[] = [
  { action: "drop", source_labels: ["__meta_kubernetes_pod_phase"], regex: "(Failed|Succeeded)" },
  { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
  { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
  { source_labels: ["__meta_kubernetes_pod_container_name"], target_label: "container" },
];

/**
 * The same jobs as the PodMonitors, for a Prometheus without its operator: a job of its configuration for each, whose targets have
 * the labels that the operator would give them.
 */
export function scrapeConfigs(objects: readonly ScrapeObject[]): readonly ScrapeConfig[] {
  return objects.flatMap(({ job, targetNamespace, spec }) =>
    spec.podMetricsEndpoints.map((endpoint): ScrapeConfig => {
      const { port, path, authorization, relabelings } = endpoint;
      return {
        job_name: job,
        ...(spec.fallbackScrapeProtocol === undefined ? {} : { fallback_scrape_protocol: spec.fallbackScrapeProtocol }),
        ...(path === undefined ? {} : { metrics_path: path }),
        ...(authorization === undefined
          ? {}
          : { authorization: { type: authorization.type, credentials_file: TOKEN_FILE } }),
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
      };
    }),
  );
}

/** Of a pod's ports, which are a target each, the one of this name. */
function onPort(name: string): RelabelConfig {
  return { action: "keep", source_labels: ["__meta_kubernetes_pod_container_port_name"], regex: name };
}

/** A selector in the words that the API server and Prometheus take: `app=istiod,!inferencepool`. */
function labelSelector({ matchLabels = {}, matchExpressions = [] }: ScrapeObject["spec"]["selector"]): string {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      switch (operator) {
        case "Exists":
          return key;
        case "DoesNotExist":
          return `!${key}`;
        case "In":
          return `${key} in (${values.join(", ")})`;
      }
    }),
  ].join(",");
}

function relabelConfig(step: Relabeling): RelabelConfig {
  const { action, sourceLabels, separator, regex, targetLabel, replacement } = step;
  return {
    ...(action === undefined ? {} : { action }),
    ...(sourceLabels === undefined ? {} : { source_labels: sourceLabels }),
    ...(separator === undefined ? {} : { separator }),
    ...(regex === undefined ? {} : { regex }),
    ...(targetLabel === undefined ? {} : { target_label: targetLabel }),
    ...(replacement === undefined ? {} : { replacement }),
  };
}
