import * as assert from "node:assert/strict";
import { RULES } from "../../../monitoring";
import { ClusterQueries } from "../../../monitoring/access/clusterQueries";
import { MonitoringObjects } from "../../../monitoring/objects/monitoringObjects";
import { GrafanaGatewayRoute } from "../../../monitoring/stack/grafanaGatewayRoute";
import { make } from "../../support/components";

/** Makes one of each component that names its children. */
function build(objects: string, queries: string, route: string): void {
  new MonitoringObjects(objects, {
    namespace: "monitoring",
    besideTargets: false,
    operator: true,
    scrape: { namespace: "llm-d", istioNamespace: "istio-system" },
    endpointPickers: ["llm-d-gaie-epp"],
    rules: RULES,
    dashboards: [{ uid: "llmd-gpu", json: "{}" }],
    runbooks: [],
    labels: {},
    dashboardLabels: {},
  });
  new ClusterQueries(queries, { namespace: "monitoring", prefix: "llm-d" });
  new GrafanaGatewayRoute(route, {
    gateway: { name: "gateway", namespace: "llm-d" },
    hostname: "grafana.example.com",
    service: { name: "grafana", port: 80, namespace: "monitoring" },
    timeoutSeconds: 60,
  });
}

describe("monitoring's components", () => {
  it("keep the names of their children in an environment", async () => {
    const made = await make(() => build("monitoring", "grafana-queries", "grafana"));
    assert.deepEqual(
      made
        .filter(({ type }) => type.startsWith("kubernetes:"))
        .map(({ name }) => name)
        .sort(),
      [
        ...["monitoring-metrics-reader-account", "monitoring-metrics-reader-token", "monitoring-metrics-reader-role"],
        ...["monitoring-metrics-reader-binding", "monitoring-metrics-reader-endpoint-pickers"],
        ...["llm-d-model-servers", "llm-d-endpoint-pickers", "llm-d-inference-gateway", "llm-d-istiod"],
        ...["llm-d-annotated-pods", "monitoring-rules", "dashboard-llmd-gpu", "monitoring-runbooks"],
        ...["grafana-queries-account", "grafana-queries-token", "grafana-queries-ca", "grafana-queries-binding"],
        ...["grafana-grant", "grafana"],
      ].sort(),
    );
  });

  it("can exist twice in a stack", async () => {
    const made = await make(() => {
      build("monitoring", "grafana-queries", "grafana");
      build("more", "more-queries", "more-grafana");
    });
    const names = made.map(({ type, name }) => `${type} ${name}`);
    assert.deepEqual(names, [...new Set(names)]);
  });
});
