import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../components/childOptions";
import type { DashboardFile } from "../dashboards/json";
import type { RuleGroup } from "../rules";
import { scrapeObjects, type ScrapeArgs } from "../scrape/objects";
import { DASHBOARD_FOLDER, FOLDER_ANNOTATION, RUNBOOK_FOLDER } from "../stack/values";
import { MetricsReader } from "../access/metricsReader";
import { prometheusFiles } from "./prometheusFiles";

/** Arguments of what Prometheus and Grafana take from this environment. */
export interface MonitoringObjectsArgs {
  /** Namespace for monitors, rules and dashboards. */
  readonly namespace: string;
  /** Another namespace for dashboards, where Grafana looks for them. */
  readonly dashboardNamespace?: string;
  /**
   * Whether a monitor has to be in the namespace of its pods, as OpenShift's user workload monitoring wants it. Otherwise all
   * are in `namespace`.
   */
  readonly besideTargets: boolean;
  /**
   * Whether there is a Prometheus Operator, which takes PodMonitors and PrometheusRules. Otherwise a ConfigMap has the same as
   * files, for a Prometheus that is configured by hand.
   */
  readonly operator: boolean;
  readonly scrape: Omit<ScrapeArgs, "tokenSecret">;
  /** Service accounts of the endpoint pickers, in the namespace of `scrape`. */
  readonly endpointPickers: readonly string[];
  readonly rules: readonly RuleGroup[];
  readonly dashboards: readonly DashboardFile[];
  /** The runbooks, as dashboards too. */
  readonly runbooks: readonly DashboardFile[];
  /** Labels by which Prometheus selects monitors and rules; those of the ConfigMap where there is no operator. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels by which Grafana selects dashboards. */
  readonly dashboardLabels: Readonly<Record<string, string>>;
}

const MONITORING_API = "monitoring.coreos.com/v1";

/** Name of the PrometheusRule with all rules. */
const RULES_NAME = "llm-d";

/** Name of the ConfigMap with what a Prometheus without operator takes. */
const PROMETHEUS_CONFIG_MAP = "llm-d-prometheus";

/** Name of the ConfigMap with all runbooks. */
const RUNBOOKS_NAME = "llm-d-runbooks";

/**
 * What Prometheus and Grafana take from this environment, whoever runs them: what to scrape and with which rights, rules, and
 * dashboards.
 */
export class MonitoringObjects extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringObjectsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, dashboardNamespace = namespace, scrape, labels } = args;
    super("llmd:monitoring:MonitoringObjects", name, {}, opts);

    // An empty object would be a difference for ever: the API server keeps none.
    const labelled = Object.keys(labels).length === 0 ? {} : { labels: { ...labels } };

    const reader = new MetricsReader(
      `${name}-metrics-reader`,
      {
        // Its token is taken from the namespace of the monitor that names it.
        namespace: args.besideTargets ? scrape.namespace : namespace,
        prefix: scrape.namespace,
        endpointPickers: args.endpointPickers,
        endpointPickerNamespace: scrape.namespace,
      },
      childOptions(this, opts),
    );

    const objects = scrapeObjects({ ...scrape, tokenSecret: reader.tokenSecret });
    if (args.operator) {
      for (const object of objects) {
        const own = args.besideTargets ? object.targetNamespace : namespace;
        const namespaceSelector =
          own === object.targetNamespace ? {} : { namespaceSelector: { matchNames: [object.targetNamespace] } };
        new k8s.apiextensions.CustomResource(
          object.name,
          {
            apiVersion: MONITORING_API,
            kind: "PodMonitor",
            metadata: { name: object.name, namespace: own, ...labelled },
            spec: { ...namespaceSelector, ...object.spec },
          },
          childOptions(this, opts, [reader]),
        );
      }
      new k8s.apiextensions.CustomResource(
        `${name}-rules`,
        {
          apiVersion: MONITORING_API,
          kind: "PrometheusRule",
          metadata: { name: RULES_NAME, namespace, ...labelled },
          spec: { groups: args.rules },
        },
        childOptions(this, opts),
      );
    } else {
      new k8s.core.v1.ConfigMap(
        `${name}-prometheus`,
        {
          metadata: { name: PROMETHEUS_CONFIG_MAP, namespace, ...labelled },
          data: { ...prometheusFiles(objects, args.rules) },
        },
        childOptions(this, opts, [reader]),
      );
    }

    for (const { uid, json } of args.dashboards) {
      new k8s.core.v1.ConfigMap(
        `dashboard-${uid}`,
        {
          metadata: {
            name: `dashboard-${uid}`,
            namespace: dashboardNamespace,
            labels: { ...args.dashboardLabels },
            annotations: { [FOLDER_ANNOTATION]: DASHBOARD_FOLDER },
          },
          data: { [`${uid}.json`]: json },
        },
        childOptions(this, opts),
      );
    }
    new k8s.core.v1.ConfigMap(
      `${name}-runbooks`,
      {
        metadata: {
          name: RUNBOOKS_NAME,
          namespace: dashboardNamespace,
          labels: { ...args.dashboardLabels },
          annotations: { [FOLDER_ANNOTATION]: RUNBOOK_FOLDER },
        },
        data: Object.fromEntries(args.runbooks.map(({ uid, json }) => [`${uid}.json`, json])),
      },
      childOptions(this, opts),
    );
    this.registerOutputs({});
  }
}
