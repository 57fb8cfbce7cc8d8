import * as assert from "node:assert/strict";
import type { RawConfig } from "../../../stacks/config";
import { GRAFANA_LISTENER, grafanaAddress, grafanaHosts } from "../../../monitoring/grafanaAddress";
import { runbookAddress } from "../../../monitoring/layer";
import { usedPins } from "../../../stacks/usedPins";
import { selfSigned } from "../../support/certificate";
import { GOOD, lines, parse, parseAws, problemsOf } from "../../support/configurations";

/** What is changed in a good configuration, and everything that is then reported. */
const TABLE: [name: string, change: RawConfig, ...reported: string[]][] = [
  [
    "an unknown mode",
    { monitoring: { mode: "prometheus" } },
    'monitoring.mode: "prometheus" is not allowed; write stack, bring-your-own, openshift or off',
  ],
  [
    "an objective between two buckets",
    { monitoring: { objectives: { timeToFirstToken: { seconds: 0.3 } } } },
    "monitoring.objectives.timeToFirstToken.seconds: 0.3 is not allowed; write 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5 or 10",
  ],
  [
    "an objective that allows nothing",
    { monitoring: { objectives: { latency: { percent: 100 } } } },
    "monitoring.objectives.latency.percent: 100 is not allowed; write a number from 95 to 99.9",
  ],
  [
    "the latest Prometheus",
    { monitoring: { prometheus: { version: "latest" } } },
    'monitoring.prometheus.version: "latest" is not allowed; write an exact version such as v2.45.0',
  ],
  [
    "retention without a unit",
    { monitoring: { prometheus: { retention: "7" } } },
    'monitoring.prometheus.retention: "7" is not allowed; write a duration such as 7d',
  ],
  [
    "settings of another mode",
    { monitoring: { mode: "bring-your-own", storage: { size: "10Gi" }, grafana: { anonymousViewer: true } } },
    "monitoring.storage: has no effect with monitoring.mode bring-your-own; remove it, or write stack as monitoring.mode",
    "monitoring.grafana: has no effect with monitoring.mode bring-your-own; remove it, or write stack or openshift as monitoring.mode",
  ],
  [
    "labels for nobody",
    { monitoring: { bringYourOwn: { labels: { release: "prom" } } } },
    "monitoring.bringYourOwn: has no effect with monitoring.mode stack; remove it, or write bring-your-own as monitoring.mode",
  ],
  [
    "Grafana without a host name",
    { monitoring: { grafana: { exposure: "ingress" } } },
    "monitoring.grafana.hostname: is missing with exposure ingress; write a host name such as grafana.example.com",
  ],
  [
    "a host name in vain",
    { monitoring: { grafana: { hostname: "grafana.example.com", tlsSecretName: "grafana" } } },
    "monitoring.grafana.hostname: has no effect with monitoring.grafana.exposure none; remove it, or write gateway, ingress or route as monitoring.grafana.exposure",
    "monitoring.grafana.tlsSecretName: has no effect with monitoring.grafana.exposure none; remove it, or write ingress as monitoring.grafana.exposure",
  ],
  [
    "Grafana where the models answer",
    {
      gateway: { hostname: "llm.example.com" },
      monitoring: { grafana: { exposure: "gateway", hostname: "llm.example.com" } },
    },
    'monitoring.grafana.hostname: "llm.example.com" is the hostname of the models; write another name that leads to the gateway',
  ],
  [
    "Grafana behind a gateway that asks for a token",
    {
      gateway: { jwt: { issuer: "https://a.example", audiences: ["llm"], jwksUri: "https://a.example/keys" } },
      monitoring: { grafana: { exposure: "gateway", hostname: "grafana.example.com" } },
    },
    "monitoring.grafana.exposure: gateway is not possible with gateway.jwt: the gateway requires a token, which a browser does not send; write ingress or none",
  ],
  [
    "a password in plain text",
    { monitoring: { values: { grafana: { adminPassword: "admin" }, crds: { enabled: true } } } },
    "monitoring.values.grafana.adminPassword: would replace the password that the program makes and keeps secret; remove it",
    "monitoring.values.crds: is set by the program, which installs the CRDs itself; remove it",
  ],
  [
    "models in the namespace of monitoring",
    { namespace: "llm-d-monitoring" },
    'namespace: "llm-d-monitoring" is the namespace of the monitoring stack; write another such as llm-d',
  ],
];

describe("monitoring's configuration", () => {
  for (const [name, change, ...reported] of TABLE) {
    it(`refuses ${name}`, () => assert.deepEqual(lines(problemsOf(() => parse(change))), reported));
  }

  it("refuses OpenShift's monitoring, and its Routes, where there is no OpenShift", () => {
    assert.deepEqual(lines(problemsOf(() => parseAws({}, { monitoring: { mode: "openshift" } }))), [
      "monitoring.mode: openshift is not possible on platform eks; write stack",
    ]);
    assert.deepEqual(lines(problemsOf(() => parseAws({}, { monitoring: { grafana: { exposure: "route" } } }))), [
      "monitoring.grafana.exposure: route exists only on OpenShift, and this is platform eks; write gateway or ingress",
    ]);
  });

  it("gives Grafana a listener of its own on a gateway that listens to the models' host name only", () => {
    const hostname = "grafana.example.com";
    const at = (gateway: RawConfig, grafana: RawConfig): string | undefined =>
      grafanaHosts(parse({ ...GOOD, gateway, monitoring: { grafana } }))[GRAFANA_LISTENER];
    assert.equal(at({ hostname: "llm.example.com" }, { exposure: "gateway", hostname }), hostname);
    assert.equal(at({ hostname: "llm.example.com" }, { exposure: "ingress", hostname }), undefined);
    // The gateway's own takes requests for any host name.
    assert.equal(at({}, { exposure: "gateway", hostname }), undefined);
  });

  it("refuses a certificate that is not for Grafana's name as well", () => {
    const gateway = (certificate: string): RawConfig => ({
      gateway: { hostname: "llm.example.com", tls: { mode: "certificate", certificate } },
      monitoring: { grafana: { exposure: "gateway", hostname: "grafana.example.com" } },
    });
    const said = (...names: string[]): string =>
      lines(problemsOf(() => parse(gateway(selfSigned(...names).certificate))))
        .filter((line) => line.startsWith("gateway.tls"))
        .join();
    assert.match(said("llm.example.com"), /is not for grafana\.example\.com, Grafana's name on the gateway/);
    assert.equal(said("llm.example.com", "grafana.example.com"), "");
  });

  it("has OpenShift's own Prometheus on OpenShift, and a Grafana beside it where that has a Route", () => {
    const at = (monitoring: RawConfig): RawConfig => ({
      platform: "openshift",
      kubernetes: { kubeconfig: "/k", context: "c" },
      monitoring,
    });
    const refused = (monitoring: RawConfig): string[] => lines(problemsOf(() => parse(at(monitoring))));
    assert.deepEqual(refused({ mode: "stack" }), [
      "monitoring.mode: stack is not possible on platform openshift, which already has the Prometheus Operator and its CRDs; write openshift",
    ]);
    assert.deepEqual(refused({ grafana: { exposure: "gateway", hostname: "grafana.example.com" } }), [
      "monitoring.grafana.exposure: gateway is not possible in mode openshift; write route or none",
    ]);
    const none =
      "has no effect with monitoring.grafana.exposure none; remove it, or write route as monitoring.grafana.exposure";
    assert.deepEqual(refused({ grafana: { anonymousViewer: true }, values: { grafana: { replicas: 2 } } }), [
      `monitoring.grafana.anonymousViewer: ${none}`,
      `monitoring.values: ${none}`,
    ]);
    assert.deepEqual(refused({ grafana: { exposure: "route", tlsSecretName: "tls" } }), [
      "monitoring.grafana.tlsSecretName: has no effect with monitoring.grafana.exposure route; remove it, or write ingress as monitoring.grafana.exposure",
    ]);
    const charts = (monitoring: RawConfig): boolean =>
      "kube-prometheus-stack" in usedPins(parse(at(monitoring))).charts;
    const crds = (monitoring: RawConfig): boolean => "prometheus-operator-crds" in usedPins(parse(at(monitoring))).crds;
    assert.deepEqual(
      [charts({ grafana: { exposure: "none" } }), crds({ grafana: { exposure: "none" } })],
      [false, false],
    );
    const route = { grafana: { exposure: "route", hostname: "grafana.example.com" } };
    assert.deepEqual([charts(route), crds(route)], [true, false]);
    assert.equal(runbookAddress(parse(at(route)), "LlmdGpuXid"), "https://grafana.example.com/d/runbook-LlmdGpuXid");
  });

  it("asks for larger system nodes when Prometheus is larger", () => {
    assert.doesNotThrow(() => parseAws());
    const larger = { monitoring: { prometheus: { resources: { cpu: 8, memory: "64Gi" } } } };
    assert.match(
      lines(problemsOf(() => parseAws({}, larger))).join(),
      /aws\.systemNodes\.desiredSize: .* monitoring; write at least/,
    );
    assert.doesNotThrow(() => parseAws({}, { monitoring: { ...larger.monitoring, mode: "off" } }));
  });

  it("keeps samples on a volume, but for the embedded cluster, which has none", () => {
    assert.equal(parse().monitoring.storage.persistent, true);
    const local = { platform: "local", kubernetes: { kubeconfig: "/k" } };
    assert.equal(parse(local).monitoring.storage.persistent, false);
    assert.equal(
      parse({ ...local, monitoring: { storage: { persistent: true } } }).monitoring.storage.persistent,
      true,
    );
  });

  it("installs the chart and its CRDs only in mode stack", () => {
    const used = (monitoring: RawConfig) => {
      const { charts, crds } = usedPins(parse({ monitoring }));
      return ["kube-prometheus-stack" in charts, "prometheus-operator-crds" in crds];
    };
    assert.deepEqual(used({}), [true, true]);
    for (const mode of ["bring-your-own", "off"]) assert.deepEqual(used({ mode }), [false, false]);
  });

  it("sends an alert's reader to the runbook in the stack's Grafana, or where it is configured", () => {
    const at = (monitoring: RawConfig): string =>
      runbookAddress(parse({ ...GOOD, monitoring: { ...monitoring } }), "LlmdGpuXid");
    assert.equal(at({}), "http://kube-prometheus-stack-grafana.llm-d-monitoring/d/runbook-LlmdGpuXid");
    const grafana = { exposure: "ingress", hostname: "grafana.example.com", tlsSecretName: "tls" };
    assert.equal(at({ grafana }), "https://grafana.example.com/d/runbook-LlmdGpuXid");
    assert.equal(at({ mode: "bring-your-own" }), "docs/runbooks/LlmdGpuXid.md");
    const runbooks = "https://git.example.com/llm-d/docs/runbooks";
    assert.equal(at({ runbooks }), `${runbooks}/LlmdGpuXid.md`);
  });

  it("knows where a browser finds Grafana", () => {
    const at = (grafana: RawConfig, gateway: RawConfig = {}): string | undefined =>
      grafanaAddress(parse({ ...GOOD, gateway, monitoring: { grafana } }));
    const hostname = "grafana.example.com";
    assert.equal(at({}), undefined);
    assert.equal(at({ exposure: "gateway", hostname }), "http://grafana.example.com");
    assert.equal(at({ exposure: "gateway", hostname }, { port: 8080 }), "http://grafana.example.com:8080");
    assert.equal(at({ exposure: "ingress", hostname }), "http://grafana.example.com");
    assert.equal(at({ exposure: "ingress", hostname, tlsSecretName: "tls" }), "https://grafana.example.com");
  });
});
