import * as assert from "node:assert/strict";
import * as path from "node:path";
import { type ChartValues, mergeValues } from "../../../components/charts/values";
import { CLUSTER_QUERIES } from "../../../monitoring/access/clusterQueries";
import { type Queries, stackValues, type StackValuesArgs } from "../../../monitoring/stack/values";
import { LANES } from "../../../stacks/versions";
import { readYaml, refusals, ROOT } from "../../support/charts";

const LOCAL_CHART = path.join(ROOT, "local", "charts", "kube-prometheus-stack");

const ARGS: StackValuesArgs = {
  prometheus: { scrapeIntervalSeconds: 15, retention: "7d", resources: { cpu: "500m", memory: "2Gi" } },
  storage: { persistent: false, size: "50Gi" },
  grafana: {
    anonymousViewer: true,
    passwordGeneration: 2,
    adminSecret: { name: "grafana-admin", userKey: "admin-user", passwordKey: "admin-password" },
  },
  alertmanager: false,
  namespace: "llm-d-monitoring",
  values: {},
};

/** The values of the embedded environment, with the values of its settings. */
function localValues(more: ChartValues = {}, queries?: Queries): ChartValues {
  const settings = readYaml(ROOT, "Pulumi.local.yaml") as { config: Record<string, { values?: ChartValues }> };
  return stackValues({
    ...ARGS,
    ...(queries === undefined ? {} : { queries }),
    values: mergeValues(settings.config["llm-d:monitoring"]?.values ?? {}, more),
  });
}

describe("the local replacement of the kube-prometheus-stack chart", () => {
  it("has the version of the version table, and is marked as a replacement", () => {
    const chart = readYaml(LOCAL_CHART, "Chart.yaml") as Record<string, unknown>;
    assert.equal(chart.name, "kube-prometheus-stack");
    assert.equal(chart.version, LANES["istio-1.27"].charts["kube-prometheus-stack"].version);
    assert.match(String(chart.description), /Stand-in/);
    assert.deepEqual(chart.annotations, { "llm-d.ai/stand-in": "true" });
  });

  it("accepts the values of the embedded environment, and its own defaults", () => {
    assert.deepEqual(refusals(LOCAL_CHART, localValues()), []);
    assert.deepEqual(refusals(LOCAL_CHART, localValues({}, CLUSTER_QUERIES)), []);
    assert.deepEqual(refusals(LOCAL_CHART, readYaml(LOCAL_CHART, "values.yaml")), []);
  });

  it("accepts the values of stacks on platform eks, with volumes and Alertmanager", () => {
    for (const name of ["dev", "prod"]) {
      const settings = readYaml(ROOT, `Pulumi.${name}.yaml`) as { config: Record<string, { values?: ChartValues }> };
      assert.equal(settings.config["llm-d:monitoring"]?.values, undefined);
    }
    const ingress = { hostname: "grafana.example.com", className: "alb", tlsSecretName: "grafana" };
    const values = stackValues({
      ...ARGS,
      storage: { persistent: true, size: "50Gi" },
      grafana: { ...ARGS.grafana, ingress },
      alertmanager: true,
    });
    assert.deepEqual(refusals(LOCAL_CHART, values), []);
  });

  const spec = (prometheusSpec: ChartValues): ChartValues => ({ prometheus: { prometheusSpec } });
  const refused: [string, ChartValues, RegExp][] = [
    ["an unknown key at the top level", { extraManifests: [] }, /extraManifests/],
    ["an Ingress of Alertmanager", { alertmanager: { ingress: { enabled: true } } }, /alertmanager: .*ingress/],
    [
      "admission webhooks",
      { prometheusOperator: { admissionWebhooks: { enabled: true } } },
      /admissionWebhooks.enabled/,
    ],
    ["Prometheus 2", spec({ version: "v2.45.0" }), /prometheusSpec.version/],
    ["storage in an ephemeral volume", spec({ storageSpec: { ephemeral: {} } }), /ephemeral/],
    ["a key that it would ignore", spec({ remoteWrite: [] }), /remoteWrite/],
    ["a Gateway route for Grafana", { grafana: { route: { main: { enabled: true } } } }, /route/],
  ];
  for (const [what, values, message] of refused) {
    it(`refuses ${what}`, () => assert.match(refusals(LOCAL_CHART, localValues(values)).join("\n"), message));
  }
});
