import * as z from "zod";
import {
  type Applies,
  applies,
  bytes,
  chartValues,
  choice,
  cpu,
  dnsLabel,
  field,
  flag,
  oneOf,
  onlyWith,
  SUBDOMAIN,
  text,
  wholeNumber,
} from "../settings/fields";

/** Who runs Prometheus. */
export const MONITORING_MODES = ["stack", "bring-your-own", "openshift", "off"] as const;

/** How Grafana can be reached from outside the cluster. */
export const GRAFANA_EXPOSURES = ["none", "gateway", "ingress", "route"] as const;

/** Settings of this program's own monitoring stack. While monitoring is off, they may stay. */
const IN_STACK = onlyWith("monitoring.mode", ["stack"], ["off"]);

/** Settings of the chart of Prometheus and Grafana. */
const OF_CHART = onlyWith("monitoring.mode", ["stack", "openshift"], ["off"]);

/** With OpenShift's monitoring, an environment has a Grafana only if it has a Route. */
const WITH_GRAFANA: Applies = {
  condition: { setting: "monitoring.grafana.exposure", in: ["route"], kept: ["gateway", "ingress"] },
  where: [{ setting: "monitoring.mode", in: ["openshift"] }],
};

/** A number that must be a bucket of the histogram. For other numbers the histogram cannot tell how many were faster. */
function bucket(values: readonly [number, ...number[]], description: string) {
  return field(z.literal([...values]), { description, expected: oneOf(values), unit: "seconds" });
}

/** A share in percent. Below 95, 14.4 times the allowed rate is everything; 100 allows no failure. */
function percent(description: string) {
  return field(z.number().min(95).max(99.9), { description, expected: "a number from 95 to 99.9", unit: "percent" });
}

const labels = (description: string) =>
  field(z.record(z.string().min(1), z.string()), {
    description,
    expected: "an object of labels such as {release: prom}",
  });

const objectives = field(
  z.strictObject({
    timeToFirstToken: field(
      z.strictObject({
        seconds: bucket(
          [0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
          "The first token arrives within this time. One of vLLM's buckets.",
        ).default(1),
        percent: percent("Share of requests that must meet this.").default(95),
      }),
      { description: "Time to the first token.", expected: "an object with seconds and percent" },
    ).prefault({}),
    latency: field(
      z.strictObject({
        seconds: bucket(
          [1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60],
          "The whole answer arrives within this time. One of vLLM's buckets.",
        ).default(30),
        percent: percent("Share of requests that must meet this.").default(99),
      }),
      { description: "Time of a whole request.", expected: "an object with seconds and percent" },
    ).prefault({}),
  }),
  { description: "Service level objectives. Alerts fire when one is at risk.", expected: "an object of objectives" },
);

const prometheus = field(
  z.strictObject({
    version: text(
      /^v[23]\.\d+\.\d+$/,
      "Version of Prometheus. Default: the chart's.",
      "an exact version such as v2.45.0",
    ).optional(),
    scrapeIntervalSeconds: wholeNumber(5, 120, "Time between two scrapes of each target.", "seconds").default(15),
    retention: text(
      /^[1-9]\d*[hdwy]$/,
      "How long samples are kept, if the volume has enough room.",
      "a duration such as 7d",
    ).default("7d"),
    resources: field(
      z.strictObject({
        cpu: cpu("CPU requested.").default("500m"),
        memory: bytes("Memory requested, and the limit.").default("2Gi"),
      }),
      { description: "What Prometheus requests.", expected: "an object with cpu and memory" },
    ).prefault({}),
  }),
  { description: "Prometheus.", expected: "an object of Prometheus settings" },
);

const storage = field(
  z.strictObject({
    persistent: flag(
      "Keep samples on a volume, and Alertmanager's silences on another of 1Gi. With false they are lost with the pod. Default: true, on platform local false.",
    ).optional(),
    size: bytes("Size of the volume, or without a volume the limit for samples.").default("50Gi"),
    className: text(
      SUBDOMAIN,
      "StorageClass of the volume. Default: the cluster's default.",
      "the name of a StorageClass such as gp3",
    ).optional(),
  }),
  { description: "Where Prometheus keeps its samples.", expected: "an object of storage settings" },
);

const grafana = field(
  z.strictObject({
    anonymousViewer: applies(
      flag("Let everybody who can reach Grafana view dashboards without a password."),
      WITH_GRAFANA,
    ).default(false),
    passwordGeneration: applies(
      wholeNumber(
        1,
        1_000_000,
        "Another number makes another password for Grafana's administrator. `make rotate` increases it.",
        "count",
      ),
      WITH_GRAFANA,
    ).default(1),
    exposure: choice(
      GRAFANA_EXPOSURES,
      "How Grafana is reached: none (kubectl port-forward), gateway (a host name on the inference gateway), ingress (an Ingress) or route (a Route of OpenShift). In mode openshift, Grafana exists only with route.",
    ).default("none"),
    hostname: applies(
      text(
        SUBDOMAIN,
        "Host name of Grafana. Required with exposure gateway and ingress.",
        "a host name such as grafana.example.com",
      ),
      WITH_GRAFANA,
      onlyWith("./exposure", ["gateway", "ingress", "route"]),
    ).optional(),
    ingressClassName: applies(
      text(SUBDOMAIN, "The IngressClass. Default: the cluster's default.", "the name of an IngressClass such as nginx"),
      WITH_GRAFANA,
      onlyWith("./exposure", ["ingress"]),
    ).optional(),
    tlsSecretName: applies(
      text(
        SUBDOMAIN,
        "Secret in namespace llm-d-monitoring with certificate and key. With it, Grafana uses https.",
        "the name of a Secret",
      ),
      WITH_GRAFANA,
      onlyWith("./exposure", ["ingress"]),
    ).optional(),
  }),
  { description: "Grafana.", expected: "an object of Grafana settings" },
);

const bringYourOwn = field(
  z.strictObject({
    namespace: dnsLabel(
      63,
      "Existing namespace for monitors, rules and dashboards. Default: the namespace of the environment.",
    ).optional(),
    operator: flag(
      "Whether a Prometheus Operator reads PodMonitors and PrometheusRules. With false, scrape jobs and rules are files in the ConfigMap llm-d-prometheus. Mount it into a Prometheus without operator (docs/monitoring.md).",
    ).default(true),
    labels: labels(
      "Labels by which your Prometheus selects PodMonitors and PrometheusRules, or the ConfigMap.",
    ).default({}),
    dashboardLabels: labels("Labels by which your Grafana selects ConfigMaps with dashboards.").default({
      grafana_dashboard: "1",
    }),
    prometheusUrl: text(
      /^https?:\/\/\S+$/,
      "URL of your Prometheus. It becomes the output prometheusUrl.",
      "a URL such as http://prometheus-operated.monitoring:9090",
    ).optional(),
  }),
  {
    description: "How your existing monitoring finds the objects of this environment.",
    expected: "an object with namespace, operator, labels, dashboardLabels and prometheusUrl",
  },
);

/** The monitoring section. */
export const monitoringSchema = field(
  z.strictObject({
    mode: choice(
      MONITORING_MODES,
      "Who runs Prometheus: stack (this program, with Grafana and Alertmanager), bring-your-own (an existing Prometheus, with or without its operator: the program makes only monitors, rules and dashboards), openshift (its user workload monitoring, plus a Grafana if it has a Route) or off. Default: stack, on platform openshift openshift.",
    ).optional(),
    objectives: objectives.prefault({}),
    runbooks: text(
      /^\S*[^\s/]$/,
      "Prefix of the runbook addresses in alerts. Default: in mode stack the pages in its Grafana, otherwise docs/runbooks of this repository.",
      "a URL or path without a slash at its end, such as https://git.example.com/llm-d/docs/runbooks",
    ).optional(),
    prometheus: applies(prometheus, IN_STACK).prefault({}),
    storage: applies(storage, IN_STACK).prefault({}),
    grafana: applies(grafana, OF_CHART).prefault({}),
    alertmanager: applies(
      flag("Run Alertmanager. Configure its receivers in values.alertmanager.config."),
      IN_STACK,
    ).default(true),
    bringYourOwn: applies(bringYourOwn, onlyWith("monitoring.mode", ["bring-your-own"], ["off"])).prefault({}),
    values: applies(
      chartValues("Merged over the values of the kube-prometheus-stack chart. For options without a setting."),
      OF_CHART,
      WITH_GRAFANA,
    ).default({}),
  }),
  { description: "Prometheus, Grafana, dashboards and alerts.", expected: "an object of monitoring settings" },
);

/** The monitoring section as the schema gives it. */
export type ParsedMonitoring = z.output<typeof monitoringSchema>;

/** Monitoring with the defaults of the platform. */
export interface MonitoringConfig extends ParsedMonitoring {
  mode: NonNullable<ParsedMonitoring["mode"]>;
  storage: ParsedMonitoring["storage"] & { persistent: boolean };
}

/** The settings that decide whether an environment has a Grafana. */
interface GrafanaSettings {
  readonly mode?: string | undefined;
  readonly grafana?: { readonly exposure?: string | undefined } | undefined;
}

/** Whether an environment has a Grafana: in mode stack, and in mode openshift if Grafana has a Route. */
export function hasGrafana({ mode, grafana }: GrafanaSettings): boolean {
  return mode === "stack" || (mode === "openshift" && grafana?.exposure === "route");
}
