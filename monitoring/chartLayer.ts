import * as pulumi from "@pulumi/pulumi";
import { MONITORING_NAMESPACE } from "../components/naming";
import { OpenShiftRoute } from "../components/openshift/route";
import { GrafanaGatewayRoute } from "./stack/grafanaGatewayRoute";
import { GRAFANA_SERVICE, MonitoringStack } from "./stack/monitoringStack";
import type { Queries } from "./stack/values";
import type { LayerContext } from "../components/layerContext";
import { GRAFANA_LISTENER, grafanaAddress, type GrafanaConfigured, grafanaHosts } from "./grafanaAddress";

/** How long to wait for operator, Grafana and exporters, images included, in seconds. */
const STACK_TIMEOUT_SECONDS = 900;

/** How long to wait for the gateway to accept the route of Grafana, in seconds. */
const ROUTE_TIMEOUT_SECONDS = 300;

/** How long the router waits for an answer of Grafana, in seconds. */
const QUERY_TIMEOUT_SECONDS = 60;

/** Addresses of the monitoring. Outputs that the mode does not have are missing. */
export interface MonitoringOutputs {
  readonly grafanaUrl?: pulumi.Output<string>;
  readonly grafanaAdminUser?: pulumi.Output<string>;
  /** Secret. */
  readonly grafanaAdminPassword?: pulumi.Output<string>;
  readonly prometheusUrl?: pulumi.Output<string>;
}

/** Arguments of the monitoring chart. */
export interface MonitoringChartArgs {
  /** Namespace of model servers, endpoint pickers and gateway. */
  readonly llmd: { readonly namespace: pulumi.Output<string> };
  /** The gateway that Grafana may be reached through. */
  readonly gateway: pulumi.ComponentResource & { readonly gatewayName: pulumi.Output<string> };
  /** The data source of Grafana, if the cluster brings its own Prometheus. */
  readonly queries?: Queries;
  readonly dependsOn: readonly pulumi.Resource[];
}

/** Installs Prometheus and Grafana, or only Grafana, and makes Grafana reachable. */
export function monitoringChart(
  { inCluster, installation }: LayerContext,
  config: GrafanaConfigured,
  args: MonitoringChartArgs,
): MonitoringOutputs {
  const { monitoring } = config;
  const { grafana } = monitoring;
  const outside = grafanaAddress(config);
  const installed = new MonitoringStack(
    "kube-prometheus-stack",
    {
      installation,
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
      ...(args.queries === undefined ? {} : { queries: args.queries }),
      values: monitoring.values,
      timeoutSeconds: STACK_TIMEOUT_SECONDS,
    },
    { ...inCluster, dependsOn: [...args.dependsOn] },
  );

  let grafanaUrl = outside === undefined ? installed.grafanaUrl : installed.grafanaUrl.apply(() => outside);
  if (grafana.exposure === "gateway") {
    const route = new GrafanaGatewayRoute(
      "grafana",
      {
        gateway: {
          name: args.gateway.gatewayName,
          namespace: args.llmd.namespace,
          ...(GRAFANA_LISTENER in grafanaHosts(config) ? { listener: GRAFANA_LISTENER } : {}),
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
