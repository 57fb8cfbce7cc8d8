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

/** What this program's own monitoring stack has. While monitoring is off, settings may stay. */
const IN_STACK = onlyWith("monitoring.mode", ["stack"], ["off"]);

/** What the chart of Prometheus and Grafana takes. */
const OF_CHART = onlyWith("monitoring.mode", ["stack", "openshift"], ["off"]);

/** Next to OpenShift's monitoring there is a Grafana only where it has a Route. */
const WITH_GRAFANA: Applies = {
  condition: { setting: "monitoring.grafana.exposure", in: ["route"], kept: ["gateway", "ingress"] },
  where: [{ setting: "monitoring.mode", in: ["openshift"] }],
};

/** A number that has to be one of a histogram's buckets: how many were faster is not known for any other. */
function bucket(values: readonly [number, ...number[]], description: string) {
  return field(z.literal([...values]), { description, expected: oneOf(values), unit: "seconds" });
}

/** A share in percent: less than 95 is not told from everything at 14.4 times the allowed rate, 100 allows nothing. */
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
          "The first token comes within this time. One of vLLM's buckets.",
        ).default(1),
        percent: percent("For so many of the requests.").default(95),
      }),
      { description: "Time to the first token.", expected: "an object with seconds and percent" },
    ).prefault({}),
    latency: field(
      z.strictObject({
        seconds: bucket(
          [1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60],
          "The whole answer is there within this time. One of vLLM's buckets.",
        ).default(30),
        percent: percent("For so many of the requests.").default(99),
      }),
      { description: "Time of a whole request.", expected: "an object with seconds and percent" },
    ).prefault({}),
  }),
  { description: "What users are promised; alerts say when it will not hold.", expected: "an object of objectives" },
);

const prometheus = field(
  z.strictObject({
    version: text(
      /^v[23]\.\d+\.\d+$/,
      "Another version of Prometheus than the chart's, such as v2.45.0.",
      "an exact version such as v2.45.0",
    ).optional(),
    scrapeIntervalSeconds: wholeNumber(5, 120, "Time between two looks at each target.", "seconds").default(15),
    retention: text(
      /^[1-9]\d*[hdwy]$/,
      "How long samples are kept, as long as the volume has room for them.",
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
      "Keep samples on a volume, and Alertmanager's silences on another of 1Gi. Without, they are gone with the pod. Default: true, on platform local false.",
    ).optional(),
    size: bytes("Size of the volume, or the most that samples may take without one.").default("50Gi"),
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
      flag("Let anybody who reaches Grafana look at dashboards, without a password."),
      WITH_GRAFANA,
    ).default(false),
    passwordGeneration: applies(
      wholeNumber(
        1,
        1_000_000,
        "Another number makes another password for Grafana's administrator. `make rotate` counts it up.",
        "count",
      ),
      WITH_GRAFANA,
    ).default(1),
    exposure: choice(
      GRAFANA_EXPOSURES,
      "How Grafana is reached: none (kubectl port-forward), gateway (a host name on the inference gateway), ingress (an Ingress) or route (a Route of OpenShift). In mode openshift there is a Grafana where it has a route.",
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
        "Secret of namespace llm-d-monitoring with certificate and key; with it Grafana is at https.",
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
      "Namespace, which has to exist, for monitors, rules and dashboards. Default: that of the environment.",
    ).optional(),
    operator: flag(
      "There is a Prometheus Operator, which takes PodMonitors and PrometheusRules. With false, scrape jobs and rules are files in the ConfigMap llm-d-prometheus, to be mounted into a Prometheus without operator (docs/monitoring.md says how).",
    ).default(true),
    labels: labels(
      "Labels by which the Prometheus that is there selects PodMonitors and PrometheusRules, or the ConfigMap.",
    ).default({}),
    dashboardLabels: labels("Labels by which the Grafana that is there selects ConfigMaps with dashboards.").default({
      grafana_dashboard: "1",
    }),
    prometheusUrl: text(
      /^https?:\/\/\S+$/,
      "Where that Prometheus answers; becomes the output prometheusUrl.",
      "a URL such as http://prometheus-operated.monitoring:9090",
    ).optional(),
  }),
  {
    description: "How the monitoring that is there finds what is made for it.",
    expected: "an object with namespace, operator, labels, dashboardLabels and prometheusUrl",
  },
);

/** Monitoring: who runs it, what it keeps, and how it is reached. */
export const monitoringSchema = field(
  z.strictObject({
    mode: choice(
      MONITORING_MODES,
      "Who runs Prometheus: stack (this program, with Grafana and Alertmanager), bring-your-own (an existing Prometheus, with or without its operator: only monitors, rules and dashboards are made), openshift (its user workload monitoring, beside a Grafana that has a Route) or off. Default: stack, on platform openshift openshift.",
    ).optional(),
    objectives: objectives.prefault({}),
    runbooks: text(
      /^\S*[^\s/]$/,
      "What the addresses of runbooks in alerts start with. Default: in mode stack the pages in its Grafana, otherwise docs/runbooks of this repository.",
      "a URL or path without a slash at its end, such as https://git.example.com/llm-d/docs/runbooks",
    ).optional(),
    prometheus: applies(prometheus, IN_STACK).prefault({}),
    storage: applies(storage, IN_STACK).prefault({}),
    grafana: applies(grafana, OF_CHART).prefault({}),
    alertmanager: applies(flag("Run Alertmanager. Its receivers are values.alertmanager.config."), IN_STACK).default(
      true,
    ),
    bringYourOwn: applies(bringYourOwn, onlyWith("monitoring.mode", ["bring-your-own"], ["off"])).prefault({}),
    values: applies(
      chartValues("Merged over the values of the kube-prometheus-stack chart, for what no setting covers."),
      OF_CHART,
      WITH_GRAFANA,
    ).default({}),
  }),
  { description: "Prometheus, Grafana, dashboards and alerts.", expected: "an object of monitoring settings" },
);

/** The monitoring section as the schema gives it. */
export type ParsedMonitoring = z.output<typeof monitoringSchema>;

/** Monitoring with what follows from the platform filled in. */
export interface MonitoringConfig extends ParsedMonitoring {
  mode: NonNullable<ParsedMonitoring["mode"]>;
  storage: ParsedMonitoring["storage"] & { persistent: boolean };
}

/** The settings that decide whether there is a Grafana. */
interface GrafanaSettings {
  readonly mode?: string | undefined;
  readonly grafana?: { readonly exposure?: string | undefined } | undefined;
}

/** Whether an environment has a Grafana: in mode stack, and next to OpenShift's monitoring where Grafana has a Route. */
export function hasGrafana({ mode, grafana }: GrafanaSettings): boolean {
  return mode === "stack" || (mode === "openshift" && grafana?.exposure === "route");
}
