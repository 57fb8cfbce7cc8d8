import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import type { ChartValues } from "../../../components/charts/values";
import { REFERENCE_CHARTS } from "../../support/charts";
import { skip } from "../../support/skip";
import { CLUSTER_QUERIES } from "../../../monitoring/access/clusterQueries";
import { retentionSize, stackValues, type StackValuesArgs } from "../../../monitoring/stack/values";

const ARGS: StackValuesArgs = {
  prometheus: {
    version: "v2.45.0",
    scrapeIntervalSeconds: 15,
    retention: "7d",
    resources: { cpu: "500m", memory: "2Gi" },
  },
  storage: { persistent: true, size: "50Gi", className: "gp3" },
  grafana: {
    anonymousViewer: true,
    passwordGeneration: 1,
    adminSecret: { name: "grafana-admin", userKey: "user", passwordKey: "password" },
    url: "https://grafana.example.com",
    ingress: { hostname: "grafana.example.com", className: "nginx", tlsSecretName: "tls" },
  },
  alertmanager: true,
  namespace: "llm-d-monitoring",
  values: {},
};

/** The chart's values.yaml. It is a file next to the checkout, where developers have it. */
const VALUES = path.join(REFERENCE_CHARTS, "kube-prometheus-stack-88.5.3", "values.yaml");

/** Values of subcharts, which values.yaml does not list. They were compared with the subcharts by hand. */
const SUBCHART_VALUES: readonly string[] = [
  ...[
    "grafana.grafana.ini",
    "grafana.resources",
    "grafana.podAnnotations",
    "grafana.envValueFrom",
    "grafana.testFramework",
    "grafana.rbac.namespaced",
    "grafana.sidecar.resources",
  ],
  ...["grafana.sidecar.dashboards.folderAnnotation", "grafana.sidecar.dashboards.provider.foldersFromFilesStructure"],
  ...["grafana.sidecar.datasources.searchNamespace", "grafana.ingress.ingressClassName"],
  ...["kube-state-metrics.resources", "prometheus-node-exporter.resources"],
  // Commented out in values.yaml.
  "prometheus.prometheusSpec.persistentVolumeClaimRetentionPolicy",
];

/** Paths of values that the chart does not know. An empty object in the chart's values accepts every key. */
function unknown(values: ChartValues, known: ChartValues, at: readonly string[] = []): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const where = [...at, key];
    if (!(key in known)) return [where.join(".")];
    const inner = known[key];
    const isObject = (each: unknown): each is ChartValues =>
      typeof each === "object" && each !== null && !Array.isArray(each);
    return isObject(value) && isObject(inner) && Object.keys(inner).length > 0 ? unknown(value, inner, where) : [];
  });
}

describe("values of the kube-prometheus-stack chart", () => {
  it("are all known to the chart", function () {
    if (!fs.existsSync(VALUES)) skip(this, "there is no values.yaml of the chart");
    const known = parse(fs.readFileSync(VALUES, "utf8")) as ChartValues;
    for (const args of [ARGS, { ...ARGS, queries: CLUSTER_QUERIES }]) {
      assert.deepEqual(
        unknown(stackValues(args), known).filter((where) => !SUBCHART_VALUES.includes(where)),
        [],
      );
    }
  });

  it("enable only Grafana in mode openshift, and contain neither the token nor the CA", () => {
    const { grafana, ...others } = stackValues({ ...ARGS, queries: CLUSTER_QUERIES });
    for (const [part, settings] of Object.entries(others as Record<string, ChartValues>)) {
      assert.deepEqual(Object.values(settings), [false], part);
    }
    const { additionalDataSources, envValueFrom } = grafana as ChartValues;
    const [source] = additionalDataSources as ChartValues[];
    assert.equal(source?.["url"], "https://thanos-querier.openshift-monitoring.svc:9091");
    assert.deepEqual(source?.["secureJsonData"], {
      httpHeaderValue1: "Bearer $QUERY_TOKEN",
      tlsCACert: "$__file{/etc/llm-d/query-ca/service-ca.crt}",
    });
    assert.deepEqual(envValueFrom, { QUERY_TOKEN: { secretKeyRef: { name: "grafana-queries-token", key: "token" } } });
  });

  it("contain no password, but the name of its Secret", () => {
    const grafana = stackValues(ARGS)["grafana"] as Record<string, unknown>;
    assert.deepEqual(grafana["admin"], { existingSecret: "grafana-admin", userKey: "user", passwordKey: "password" });
    assert.ok(!("adminPassword" in grafana));
  });

  it("allow anonymous viewers only when anonymousViewer is on", () => {
    const ini = (anonymousViewer: boolean): Record<string, unknown> => {
      const grafana = stackValues({ ...ARGS, grafana: { ...ARGS.grafana, anonymousViewer } })["grafana"] as ChartValues;
      return grafana["grafana.ini"] as Record<string, unknown>;
    };
    assert.deepEqual(ini(true)["auth.anonymous"], { enabled: true, org_role: "Viewer" });
    assert.equal(ini(false)["auth.anonymous"], undefined);
  });

  it("set the operator's version and the image's tag to the configured version", () => {
    const { prometheusSpec } = stackValues(ARGS)["prometheus"] as { prometheusSpec: ChartValues };
    assert.equal(prometheusSpec["version"], "v2.45.0");
    assert.deepEqual(prometheusSpec["image"], { tag: "v2.45.0" });
  });

  it("are overridden by the user's values", () => {
    const values = stackValues({ ...ARGS, values: { prometheus: { prometheusSpec: { retention: "1d" } } } });
    const { prometheusSpec } = values["prometheus"] as { prometheusSpec: ChartValues };
    assert.deepEqual([prometheusSpec["retention"], prometheusSpec["scrapeInterval"]], ["1d", "15s"]);
  });

  it("have volumes, deleted with their StatefulSets, for samples and silences only when storage is persistent", () => {
    const volumes = (persistent: boolean): ChartValues[] => {
      const values = stackValues({ ...ARGS, storage: { ...ARGS.storage, persistent } });
      const { prometheusSpec } = values["prometheus"] as { prometheusSpec: ChartValues };
      const { alertmanagerSpec } = values["alertmanager"] as { alertmanagerSpec: ChartValues };
      return [prometheusSpec, alertmanagerSpec];
    };
    for (const spec of volumes(true)) {
      assert.match(JSON.stringify(spec["storageSpec"] ?? spec["storage"]), /"storageClassName":"gp3"/);
      assert.deepEqual(spec["persistentVolumeClaimRetentionPolicy"], { whenDeleted: "Delete", whenScaled: "Retain" });
    }
    for (const spec of volumes(false)) assert.ok(!("storageSpec" in spec) && !("storage" in spec));
  });

  it("limit samples to 85 % of the volume", () => {
    assert.equal(retentionSize("50Gi"), "43520MiB");
    assert.equal(retentionSize("1G"), "810MiB");
    assert.throws(() => retentionSize("50"), /not a quantity of bytes/);
  });
});
