import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../components/childOptions";
import { childName } from "../../components/component";
import { MetricsReader } from "../access/metricsReader";
import type { DashboardFile } from "../dashboards/json";
import type { RuleGroup } from "../rules";
import { scrapeObjects, type ScrapeArgs } from "../scrape/objects";
import { DASHBOARD_FOLDER, FOLDER_ANNOTATION, RUNBOOK_FOLDER } from "../stack/values";
import { prometheusFiles } from "./prometheusFiles";

/** Arguments of MonitoringObjects. */
export interface MonitoringObjectsArgs {
  /** Namespace for monitors, rules and dashboards. */
  readonly namespace: string;
  /**
   * Namespace for dashboards, where Grafana looks for them.
   *
   * @default namespace
   */
  readonly dashboardNamespace?: string;
  /**
   * Whether a monitor must be in the namespace of its pods, as OpenShift's user workload monitoring requires. Otherwise all
   * monitors are in `namespace`.
   */
  readonly besideTargets: boolean;
  /**
   * Whether there is a Prometheus Operator, which reads PodMonitors and PrometheusRules. Otherwise a ConfigMap has the same as
   * files, for a Prometheus without operator.
   */
  readonly operator: boolean;
  readonly scrape: Omit<ScrapeArgs, "tokenSecret">;
  /** Service accounts of the endpoint pickers, in the namespace of `scrape`. */
  readonly endpointPickers: readonly string[];
  readonly rules: readonly RuleGroup[];
  readonly dashboards: readonly DashboardFile[];
  /** The runbooks, as dashboards too. */
  readonly runbooks: readonly DashboardFile[];
  /** Labels by which Prometheus selects monitors and rules; without operator, the labels of the ConfigMap. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels by which Grafana selects dashboards. */
  readonly dashboardLabels: Readonly<Record<string, string>>;
}

/** Name of this component in an environment. */
const USUAL_NAME = "monitoring";

const MONITORING_API = "monitoring.coreos.com/v1";

/** Name of the PrometheusRule with all rules. */
const RULES_NAME = "llm-d";

/** Name of the ConfigMap for a Prometheus without operator. */
const PROMETHEUS_CONFIG_MAP = "llm-d-prometheus";

/** Name of the ConfigMap with all runbooks. */
const RUNBOOKS_NAME = "llm-d-runbooks";

/** Everything that Prometheus and Grafana read from the cluster: scrape jobs with their rights, rules and dashboards. */
export class MonitoringObjects extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringObjectsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { namespace, dashboardNamespace = namespace, scrape, labels, rules } = args;
    super("llmd:monitoring:MonitoringObjects", name, args, opts);

    const child = (usual: string): string => childName(name, USUAL_NAME, usual);
    // The API server drops an empty object, which would be a difference in every preview.
    const labelled = Object.keys(labels).length === 0 ? {} : { labels };

    const reader = new MetricsReader(
      `${name}-metrics-reader`,
      {
        // Prometheus reads the token from the namespace of the monitor that names it.
        namespace: args.besideTargets ? scrape.namespace : namespace,
        prefix: scrape.namespace,
        endpointPickers: args.endpointPickers,
        endpointPickerNamespace: scrape.namespace,
      },
      childOptions(this, opts),
    );

    const objects = scrapeObjects({ ...scrape, tokenSecret: reader.tokenSecret });
    if (args.operator) {
      for (const { name: monitor, targetNamespace, spec } of objects) {
        const own = args.besideTargets ? targetNamespace : namespace;
        const namespaceSelector = own === targetNamespace ? undefined : { matchNames: [targetNamespace] };
        new k8s.apiextensions.CustomResource(
          child(monitor),
          {
            apiVersion: MONITORING_API,
            kind: "PodMonitor",
            metadata: { name: monitor, namespace: own, ...labelled },
            spec: { namespaceSelector, ...spec },
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
          spec: { groups: rules },
        },
        childOptions(this, opts),
      );
    } else {
      new k8s.core.v1.ConfigMap(
        `${name}-prometheus`,
        {
          metadata: { name: PROMETHEUS_CONFIG_MAP, namespace, ...labelled },
          data: prometheusFiles(objects, rules),
        },
        childOptions(this, opts, [reader]),
      );
    }

    const dashboardMap = (map: string, configMap: string, folder: string, files: readonly DashboardFile[]) =>
      new k8s.core.v1.ConfigMap(
        map,
        {
          metadata: {
            name: configMap,
            namespace: dashboardNamespace,
            labels: args.dashboardLabels,
            annotations: { [FOLDER_ANNOTATION]: folder },
          },
          data: Object.fromEntries(files.map(({ uid, json }) => [`${uid}.json`, json])),
        },
        childOptions(this, opts),
      );
    for (const file of args.dashboards) {
      const map = `dashboard-${file.uid}`;
      dashboardMap(child(map), map, DASHBOARD_FOLDER, [file]);
    }
    dashboardMap(`${name}-runbooks`, RUNBOOKS_NAME, RUNBOOK_FOLDER, args.runbooks);
    this.registerOutputs({});
  }
}
