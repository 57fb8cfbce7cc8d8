import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import type { ChartValues } from "../../../components/charts/values";
import { REFERENCE_CHARTS } from "./support";
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

/** The chart's values.yaml, kept beside the checkout where it is worked on; no registry serves the chart. */
const VALUES = path.join(REFERENCE_CHARTS, "kube-prometheus-stack-88.5.3", "values.yaml");

/** Values of charts that this one includes, which its own values.yaml does not list; checked against theirs once, by hand. */
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

/** Paths that are set and that the chart does not know; what it has as an empty object takes anything. */
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
  it("are ones that the chart knows", function () {
    if (!fs.existsSync(VALUES)) skip(this, "the chart's values.yaml is not here");
    const known = parse(fs.readFileSync(VALUES, "utf8")) as ChartValues;
    for (const args of [ARGS, { ...ARGS, queries: CLUSTER_QUERIES }]) {
      assert.deepEqual(
        unknown(stackValues(args), known).filter((where) => !SUBCHART_VALUES.includes(where)),
        [],
      );
    }
  });

  it("are Grafana's alone where it asks OpenShift, and hold neither the token nor the CA", () => {
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

  it("hold no password, and name the Secret with it", () => {
    const grafana = stackValues(ARGS)["grafana"] as Record<string, unknown>;
    assert.deepEqual(grafana["admin"], { existingSecret: "grafana-admin", userKey: "user", passwordKey: "password" });
    assert.ok(!("adminPassword" in grafana));
  });

  it("let nobody look without a password unless that is asked for", () => {
    const ini = (anonymousViewer: boolean): Record<string, unknown> => {
      const grafana = stackValues({ ...ARGS, grafana: { ...ARGS.grafana, anonymousViewer } })["grafana"] as ChartValues;
      return grafana["grafana.ini"] as Record<string, unknown>;
    };
    assert.deepEqual(ini(true)["auth.anonymous"], { enabled: true, org_role: "Viewer" });
    assert.equal(ini(false)["auth.anonymous"], undefined);
  });

  it("tell the operator the version that the image has", () => {
    const { prometheusSpec } = stackValues(ARGS)["prometheus"] as { prometheusSpec: ChartValues };
    assert.equal(prometheusSpec["version"], "v2.45.0");
    assert.deepEqual(prometheusSpec["image"], { tag: "v2.45.0" });
  });

  it("let the user's values win", () => {
    const values = stackValues({ ...ARGS, values: { prometheus: { prometheusSpec: { retention: "1d" } } } });
    const { prometheusSpec } = values["prometheus"] as { prometheusSpec: ChartValues };
    assert.deepEqual([prometheusSpec["retention"], prometheusSpec["scrapeInterval"]], ["1d", "15s"]);
  });

  it("have volumes for samples and silences that go with what has them, and none where nothing is to be kept", () => {
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

  it("keep samples below the size of their volume", () => {
    assert.equal(retentionSize("50Gi"), "43520MiB");
    assert.equal(retentionSize("1G"), "810MiB");
    assert.throws(() => retentionSize("50"), /not a quantity of bytes/);
  });
});
