import * as pulumi from "@pulumi/pulumi";
import { OwnedNamespace } from "../components/cluster/ownedNamespace";
import { crdsOf } from "../components/crds/crdBundle";
import { GPU_OPERATOR_NAMESPACE } from "../components/gpu/gpuOperator";
import { ConstraintsBinding } from "../components/openshift/constraintsBinding";
import { ISTIO_NAMESPACE, MONITORING_NAMESPACE } from "../components/naming";
import { dashboardFiles } from "./dashboards/json";
import { runbookDashboards, runbookUid } from "./dashboards/runbooks";
import { type Job, JOBS } from "./metrics/jobs";
import { MonitoringObjects } from "./objects/monitoringObjects";
import { ruleGroups, runbookPage } from "./rules";
import { CLUSTER_QUERIES, ClusterQueries, OPENSHIFT_QUERIES } from "./access/clusterQueries";
import { GRAFANA_SERVICE } from "./stack/monitoringStack";
import { PrometheusCrds } from "./stack/prometheusCrds";
import { DASHBOARD_LABEL } from "./stack/values";
import type { GpuConfig } from "../components/gpu/settings";
import type { ModelConfig } from "../components/serving/settings";
import { allReleases } from "../components/serving/modelReleases";
import type { LayerContext } from "../components/layerContext";
import { grafanaAddress, type GrafanaConfigured } from "./grafanaAddress";
import { hasGrafana, type MonitoringConfig } from "./settings";
import { monitoringChart, type MonitoringChartArgs, type MonitoringOutputs } from "./chartLayer";

export type { MonitoringOutputs } from "./chartLayer";

/** The part of the configuration that monitoring is made from. */
export interface MonitoringLayerConfig extends GrafanaConfigured {
  readonly namespace: string;
  readonly protect: boolean;
  readonly gpu: Pick<GpuConfig, "operator">;
  readonly models: readonly ModelConfig[];
}

/** Arguments of the monitoring layer. */
export interface MonitoringLayerArgs {
  /** Ordinary nodes, with DNS and storage. */
  readonly nodes: readonly pulumi.Resource[];
  readonly llmd: OwnedNamespace;
  readonly istioNamespace: OwnedNamespace;
  readonly gateway: MonitoringChartArgs["gateway"];
}

/** Makes the monitoring of the configured mode. */
export function monitoringLayer(
  context: LayerContext,
  config: MonitoringLayerConfig,
  args: MonitoringLayerArgs,
): MonitoringOutputs {
  const { mode, bringYourOwn } = config.monitoring;
  switch (mode) {
    case "off":
      return {};
    case "stack":
      return stack(context, config, args);
    case "bring-your-own": {
      const { namespace = config.namespace, operator, labels, dashboardLabels, prometheusUrl } = bringYourOwn;
      objects(context, config, args, { namespace, operator, besideTargets: false, labels, dashboardLabels });
      return prometheusUrl === undefined ? {} : { prometheusUrl: pulumi.output(prometheusUrl) };
    }
    case "openshift":
      return openshift(context, config, args);
  }
}

interface Placement {
  readonly namespace: string;
  readonly operator: boolean;
  readonly dashboardNamespace?: string;
  readonly besideTargets: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly dashboardLabels: Readonly<Record<string, string>>;
}

/** Monitors, rules and dashboards. */
function objects(
  { inCluster }: LayerContext,
  config: MonitoringLayerConfig,
  { llmd, istioNamespace }: MonitoringLayerArgs,
  placement: Placement,
  dependsOn: readonly pulumi.Resource[] = [],
): void {
  const { monitoring } = config;
  // The GPU operator on OpenShift makes its own monitor.
  const exported = config.gpu.operator === "helm" && !placement.besideTargets;
  const gpus = exported ? { gpuNamespace: GPU_OPERATOR_NAMESPACE } : {};
  new MonitoringObjects(
    "monitoring",
    {
      ...placement,
      scrape: {
        namespace: config.namespace,
        istioNamespace: ISTIO_NAMESPACE,
        // Only the operator that this program installs is known to be new enough.
        untypedMetrics: monitoring.mode === "stack",
        ...gpus,
      },
      endpointPickers: allReleases(config).map(({ names }) => `${names.poolRelease}-epp`),
      rules: ruleGroups({
        objectives: monitoring.objectives,
        runbook: (alert) => runbookAddress(config, alert),
        expectedJobs: expectedJobs(monitoring, exported),
        namespaces: [...new Set([config.namespace, placement.namespace])],
      }),
      dashboards: dashboardFiles(),
      runbooks: runbookDashboards(),
    },
    { ...inCluster, dependsOn: [llmd, istioNamespace, ...dependsOn] },
  );
}

/** URL of the runbook of an alert: the configured one, or the page in the environment's own Grafana. */
export function runbookAddress(config: GrafanaConfigured, alert: string): string {
  const { runbooks } = config.monitoring;
  if (runbooks !== undefined || !hasGrafana(config.monitoring)) return runbookPage(alert, runbooks);
  const grafana = grafanaAddress(config) ?? `http://${GRAFANA_SERVICE.name}.${MONITORING_NAMESPACE}`;
  return `${grafana}/d/${runbookUid(alert)}`;
}

/** Jobs whose absence fires an alert. On OpenShift, rules see only the metrics of their own namespace. */
function expectedJobs({ mode, values }: MonitoringConfig, gpus: boolean): readonly Job[] {
  const kubelet = values["kubelet"] as { enabled?: unknown } | undefined;
  return [
    ...[JOBS.modelServers, JOBS.endpointPickers, JOBS.gateway],
    ...(mode === "openshift" ? [] : [JOBS.istiod]),
    ...(mode === "stack" ? [JOBS.kubeState] : []),
    ...(mode === "stack" && kubelet?.enabled !== false ? [JOBS.kubelet] : []),
    ...(gpus ? [JOBS.dcgm] : []),
  ];
}

/** Makes the whole stack in its own namespace. */
function stack(context: LayerContext, config: MonitoringLayerConfig, args: MonitoringLayerArgs): MonitoringOutputs {
  const { installation, inCluster, bundles } = context;
  const crds = new PrometheusCrds(
    "prometheus-crds",
    { installation, crds: crdsOf(bundles, "prometheus-operator-crds") },
    inCluster,
  );
  const namespace = ownNamespace(context, config, args);
  const outputs = monitoringChart(context, config, { ...args, dependsOn: [crds, namespace] });
  objects(
    context,
    config,
    args,
    {
      namespace: MONITORING_NAMESPACE,
      operator: true,
      besideTargets: false,
      labels: {},
      dashboardLabels: DASHBOARD_LABEL,
    },
    [crds, namespace],
  );
  return outputs;
}

/** Makes the objects for OpenShift's own monitoring. Adds a Grafana that queries it, if Grafana has a Route. */
function openshift(context: LayerContext, config: MonitoringLayerConfig, args: MonitoringLayerArgs): MonitoringOutputs {
  const { inCluster } = context;
  const { namespace, monitoring } = config;
  const placement = { namespace, operator: true, besideTargets: true, labels: {}, dashboardLabels: DASHBOARD_LABEL };
  if (!hasGrafana(monitoring)) {
    objects(context, config, args, placement);
    return { prometheusUrl: pulumi.output(OPENSHIFT_QUERIES) };
  }
  const own = ownNamespace(context, config, args);
  const options = { ...inCluster, dependsOn: [own] };
  const queries = new ClusterQueries(
    "grafana-queries",
    { namespace: MONITORING_NAMESPACE, prefix: namespace },
    options,
  );
  // The chart sets the user of Grafana's image, which is outside the user range of the namespace.
  const admission = new ConstraintsBinding(
    "grafana",
    { namespace: MONITORING_NAMESPACE, serviceAccount: GRAFANA_SERVICE.name, constraints: "nonroot-v2" },
    options,
  );
  objects(context, config, args, { ...placement, dashboardNamespace: MONITORING_NAMESPACE }, [own]);
  return monitoringChart(context, config, { ...args, queries: CLUSTER_QUERIES, dependsOn: [own, queries, admission] });
}

/** The namespace of the chart. Destroy deletes it in the cluster, because its volumes are disks of the cloud. */
function ownNamespace(
  { installation, kept }: LayerContext,
  { protect }: MonitoringLayerConfig,
  args: MonitoringLayerArgs,
): OwnedNamespace {
  return new OwnedNamespace(
    MONITORING_NAMESPACE,
    { installation, name: MONITORING_NAMESPACE, protect },
    { ...kept, dependsOn: [...args.nodes] },
  );
}
