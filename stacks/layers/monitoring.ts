import * as pulumi from "@pulumi/pulumi";
import { OwnedNamespace } from "../../components/cluster/ownedNamespace";
import { crdsOf } from "../../components/crdBundle";
import { GPU_OPERATOR_NAMESPACE } from "../../components/gpu/gpuOperator";
import { OpenShiftRoute } from "../../components/openshift/route";
import { ISTIO_NAMESPACE, MONITORING_NAMESPACE } from "../../components/naming";
import { dashboardFiles } from "../../monitoring/dashboards/json";
import { runbookDashboards, runbookUid } from "../../monitoring/dashboards/runbooks";
import { type Job, JOBS } from "../../monitoring/jobs";
import { MonitoringObjects } from "../../monitoring/objects/monitoringObjects";
import { ruleGroups, runbookPage } from "../../monitoring/rules";
import { GrafanaGatewayRoute } from "../../monitoring/stack/grafanaGatewayRoute";
import { GRAFANA_SERVICE, MonitoringStack } from "../../monitoring/stack/monitoringStack";
import { PrometheusCrds } from "../../monitoring/stack/prometheusCrds";
import { DASHBOARD_LABEL } from "../../monitoring/stack/values";
import type { EnvironmentConfig } from "../config";
import { allReleases } from "../modelReleases";
import { partsOf } from "../pins";
import type { LayerContext } from "./context";
import { GRAFANA_LISTENER, grafanaAddress, grafanaListener } from "./grafana";

/** How long to wait for operator, Grafana and exporters, images included, in seconds. */
const STACK_TIMEOUT_SECONDS = 900;

/** How long to wait for the gateway to take Grafana's route, in seconds. */
const ROUTE_TIMEOUT_SECONDS = 300;

/** How long a query of Grafana may take on its way through a router, in seconds. */
const QUERY_TIMEOUT_SECONDS = 60;

/** What monitoring is made in and waits for. */
export interface MonitoringLayerArgs {
  /** Ordinary nodes, with DNS and storage. */
  readonly nodes: readonly pulumi.Resource[];
  /** Namespace of model servers, endpoint pickers and gateway. */
  readonly llmd: OwnedNamespace;
  readonly istioNamespace: OwnedNamespace;
  /** The gateway that Grafana may be reached through. */
  readonly gateway: pulumi.ComponentResource & { readonly gatewayName: pulumi.Output<string> };
}

/** Where monitoring is found; what the mode does not have is left out. */
export interface MonitoringOutputs {
  readonly grafanaUrl?: pulumi.Output<string>;
  readonly grafanaAdminUser?: pulumi.Output<string>;
  /** Secret. */
  readonly grafanaAdminPassword?: pulumi.Output<string>;
  readonly prometheusUrl?: pulumi.Output<string>;
}

/** Where OpenShift answers queries over all of its monitoring. */
const OPENSHIFT_QUERIES = "https://thanos-querier.openshift-monitoring.svc:9091";

/** Monitoring, by whoever runs it: CRDs before anything monitored, the stack, and what it is to look at. */
export function monitoringLayer(context: LayerContext, args: MonitoringLayerArgs): MonitoringOutputs {
  const { config } = context;
  const { mode, bringYourOwn } = config.monitoring;
  switch (mode) {
    case "off":
      return {};
    case "stack":
      return stack(context, args);
    case "bring-your-own": {
      const { namespace = config.namespace, operator, labels, dashboardLabels, prometheusUrl } = bringYourOwn;
      objects(context, args, { namespace, operator, besideTargets: false, labels, dashboardLabels });
      return prometheusUrl === undefined ? {} : { prometheusUrl: pulumi.output(prometheusUrl) };
    }
    case "openshift": {
      const { namespace } = config;
      const dashboardLabels = DASHBOARD_LABEL;
      objects(context, args, { namespace, operator: true, besideTargets: true, labels: {}, dashboardLabels });
      return { prometheusUrl: pulumi.output(OPENSHIFT_QUERIES) };
    }
  }
}

interface Placement {
  readonly namespace: string;
  readonly operator: boolean;
  readonly besideTargets: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly dashboardLabels: Readonly<Record<string, string>>;
}

/** Monitors, rules and dashboards. */
function objects(
  { config, inCluster }: LayerContext,
  { llmd, istioNamespace }: MonitoringLayerArgs,
  placement: Placement,
  dependsOn: readonly pulumi.Resource[] = [],
): void {
  const { monitoring } = config;
  // OpenShift's operator brings a monitor of its own.
  const exported = partsOf(config).has("gpuOperator") && !placement.besideTargets;
  const gpus = exported ? { gpuNamespace: GPU_OPERATOR_NAMESPACE } : {};
  new MonitoringObjects(
    "monitoring",
    {
      ...placement,
      scrape: {
        namespace: config.namespace,
        istioNamespace: ISTIO_NAMESPACE,
        // Only of the operator that this program brings is it known that it is new enough.
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

/** Where an alert sends its reader: where it is configured, or to the stack's own Grafana, which has every runbook. */
export function runbookAddress(config: Pick<EnvironmentConfig, "monitoring" | "gateway">, alert: string): string {
  const { mode, runbooks } = config.monitoring;
  if (runbooks !== undefined || mode !== "stack") return runbookPage(alert, runbooks);
  const grafana = grafanaAddress(config) ?? `http://${GRAFANA_SERVICE.name}.${MONITORING_NAMESPACE}`;
  return `${grafana}/d/${runbookUid(alert)}`;
}

/** Jobs without which an alert is due. OpenShift lets rules see the metrics of their own namespace only. */
function expectedJobs({ mode, values }: EnvironmentConfig["monitoring"], gpus: boolean): readonly Job[] {
  const kubelet = values["kubelet"] as { enabled?: unknown } | undefined;
  return [
    ...[JOBS.modelServers, JOBS.endpointPickers, JOBS.gateway],
    ...(mode === "openshift" ? [] : [JOBS.istiod]),
    ...(mode === "stack" ? [JOBS.kubeState] : []),
    ...(mode === "stack" && kubelet?.enabled !== false ? [JOBS.kubelet] : []),
    ...(gpus ? [JOBS.dcgm] : []),
  ];
}

/** The whole stack in a namespace of its own. */
function stack(context: LayerContext, args: MonitoringLayerArgs): MonitoringOutputs {
  const { config, owner, namespaceHooks, inCluster, kept, crdsInCluster, bundles, releases } = context;
  const { monitoring } = config;
  const { grafana } = monitoring;
  const crds = new PrometheusCrds(
    "prometheus-crds",
    { crds: crdsOf(bundles, "prometheus-operator-crds") },
    crdsInCluster,
  );
  // Really deleted, with everything in it, because the volumes in it are disks of the cloud.
  const namespace = new OwnedNamespace(
    MONITORING_NAMESPACE,
    { name: MONITORING_NAMESPACE, owner, protect: config.protect, hooks: namespaceHooks },
    { ...kept, dependsOn: [...args.nodes] },
  );
  const outside = grafanaAddress(config);
  const installed = new MonitoringStack(
    "kube-prometheus-stack",
    {
      releases,
      namespace: MONITORING_NAMESPACE,
      prometheus: monitoring.prometheus,
      storage: monitoring.storage,
      alertmanager: monitoring.alertmanager,
      grafana: {
        anonymousViewer: grafana.anonymousViewer,
        passwordGeneration: grafana.passwordGeneration,
        ...(outside === undefined ? {} : { url: outside }),
        ...(grafana.exposure === "ingress"
          ? {
              ingress: {
                hostname: grafana.hostname ?? "",
                className: grafana.ingressClassName,
                tlsSecretName: grafana.tlsSecretName,
              },
            }
          : {}),
      },
      values: monitoring.values,
      timeoutSeconds: STACK_TIMEOUT_SECONDS,
    },
    { ...inCluster, dependsOn: [crds, namespace] },
  );
  objects(
    context,
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

  let grafanaUrl = outside === undefined ? installed.grafanaUrl : installed.grafanaUrl.apply(() => outside);
  if (grafana.exposure === "gateway") {
    const route = new GrafanaGatewayRoute(
      "grafana",
      {
        gateway: {
          name: args.gateway.gatewayName,
          namespace: args.llmd.namespace,
          ...(grafanaListener(config) === undefined ? {} : { listener: GRAFANA_LISTENER }),
        },
        hostname: grafana.hostname ?? "",
        service: { ...GRAFANA_SERVICE, namespace: MONITORING_NAMESPACE },
        timeoutSeconds: ROUTE_TIMEOUT_SECONDS,
      },
      { ...inCluster, dependsOn: [installed, args.gateway] },
    );
    grafanaUrl = route.hostname.apply(() => outside ?? "");
  }
  if (grafana.exposure === "route") {
    const route = new OpenShiftRoute(
      "grafana",
      {
        routeName: "grafana",
        namespace: MONITORING_NAMESPACE,
        service: GRAFANA_SERVICE.name,
        port: GRAFANA_SERVICE.portName,
        route: {
          termination: "edge",
          timeoutSeconds: QUERY_TIMEOUT_SECONDS,
          ...(grafana.hostname === undefined ? {} : { host: grafana.hostname }),
        },
        admissionTimeoutSeconds: ROUTE_TIMEOUT_SECONDS,
      },
      { ...inCluster, dependsOn: [installed] },
    );
    grafanaUrl = route.url;
  }
  return {
    grafanaUrl,
    grafanaAdminUser: installed.adminUser,
    grafanaAdminPassword: installed.adminPassword,
    prometheusUrl: installed.prometheusUrl,
  };
}
