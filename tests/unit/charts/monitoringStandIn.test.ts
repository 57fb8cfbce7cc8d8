import * as assert from "node:assert/strict";
import * as path from "node:path";
import { type ChartValues, mergeValues } from "../../../components/values";
import { stackValues } from "../../../monitoring/stack/values";
import { LANES } from "../../../stacks/versions";
import { readYaml, refusals, ROOT } from "./support";

const STAND_IN = path.join(ROOT, "local", "charts", "kube-prometheus-stack");

/** The values of the embedded environment, with those that its settings add. */
function localValues(more: ChartValues = {}): ChartValues {
  const settings = readYaml(ROOT, "Pulumi.local.yaml") as { config: Record<string, { values?: ChartValues }> };
  return stackValues({
    prometheus: { scrapeIntervalSeconds: 15, retention: "7d", resources: { cpu: "500m", memory: "2Gi" } },
    storage: { persistent: false, size: "50Gi" },
    grafana: {
      anonymousViewer: true,
      passwordGeneration: 2,
      adminSecret: { name: "grafana-admin", userKey: "admin-user", passwordKey: "admin-password" },
    },
    alertmanager: false,
    namespace: "llm-d-monitoring",
    values: mergeValues(settings.config["llm-d:monitoring"]?.values ?? {}, more),
  });
}

describe("the stand-in for the kube-prometheus-stack chart", () => {
  it("is of the version that the program asks for, and says what it is", () => {
    const chart = readYaml(STAND_IN, "Chart.yaml") as Record<string, unknown>;
    assert.equal(chart.name, "kube-prometheus-stack");
    assert.equal(chart.version, LANES["istio-1.27"].charts["kube-prometheus-stack"].version);
    assert.match(String(chart.description), /Stand-in/);
    assert.deepEqual(chart.annotations, { "llm-d.ai/stand-in": "true" });
  });

  it("takes the values of the embedded environment, and its own defaults", () => {
    assert.deepEqual(refusals(STAND_IN, localValues()), []);
    assert.deepEqual(refusals(STAND_IN, readYaml(STAND_IN, "values.yaml")), []);
  });

  const spec = (prometheusSpec: ChartValues): ChartValues => ({ prometheus: { prometheusSpec } });
  const refused: [string, ChartValues, RegExp][] = [
    ["a key of the top", { extraManifests: [] }, /extraManifests/],
    ["Alertmanager", { alertmanager: { enabled: true } }, /alertmanager.enabled/],
    ["its webhooks", { prometheusOperator: { admissionWebhooks: { enabled: true } } }, /admissionWebhooks.enabled/],
    ["Prometheus 2", spec({ version: "v2.45.0" }), /prometheusSpec.version/],
    ["a volume", spec({ storageSpec: { volumeClaimTemplate: {} } }), /volumeClaimTemplate/],
    ["a key that it would pass over", spec({ remoteWrite: [] }), /remoteWrite/],
    ["Grafana's Ingress", { grafana: { ingress: { enabled: true } } }, /ingress/],
  ];
  for (const [what, values, message] of refused) {
    it(`refuses ${what}`, () => assert.match(refusals(STAND_IN, localValues(values)).join("\n"), message));
  }
});
