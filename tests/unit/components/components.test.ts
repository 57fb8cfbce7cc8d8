import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { GatewayPods } from "../../../components/gateway/gatewayPods";
import { GatewayTls } from "../../../components/gateway/gatewayTls";
import { InferenceGateway } from "../../../components/gateway/inferenceGateway";
import { InferenceRoute } from "../../../components/gateway/inferenceRoute";
import { Istio } from "../../../components/istio/istio";
import { HuggingFaceSecret } from "../../../components/serving/huggingFaceSecret";
import { ModelServer } from "../../../components/serving/modelServer";
import { RULES } from "../../../monitoring";
import { MonitoringObjects } from "../../../monitoring/objects/monitoringObjects";
import { at, installation, type Made, make, model } from "../../support/components";

const INSTALLATION = installation({
  istiod: { chart: "istiod", version: "1.27.9", repository: "https://charts.example.com" },
  base: { chart: "/mirror/base", version: "1.27.9" },
  inferencepool: { chart: "/mirror/inferencepool", version: "v1.3.1" },
  "llm-d-modelservice": { chart: "/mirror/llm-d-modelservice", version: "v0.4.12" },
});

const only = (made: Made[], type: string): Made => {
  const [found, ...more] = made.filter((resource) => resource.type === type);
  assert.ok(found !== undefined && more.length === 0, `${type}: ${made.map((resource) => resource.type).join(", ")}`);
  return found;
};

describe("components", () => {
  it("make Helm releases that a second run can put right", async () => {
    const made = await make(
      () =>
        new Istio("istio", {
          installation: INSTALLATION,
          namespace: "istio-system",
          pilot: { replicas: 1, resources: { cpu: "500m", memory: "2Gi" } },
          images: { pilot: "example.com/pilot:1", proxyv2: "example.com/proxyv2:1" },
          values: {},
          timeoutSeconds: 600,
        }),
    );
    const releases = made.filter(({ type }) => type === "kubernetes:helm.sh/v3:Release");
    assert.deepEqual(
      releases.map(({ name }) => name),
      ["istio-base", "istiod"],
    );
    for (const { inputs } of releases) {
      assert.equal(inputs["atomic"], false);
      assert.equal(inputs["skipCrds"], true);
      assert.equal(inputs["createNamespace"], false);
      assert.equal(inputs["timeout"], 600);
    }
    assert.deepEqual(releases[1]?.inputs["repositoryOpts"], { repo: "https://charts.example.com" });
    assert.equal(releases[0]?.inputs["chart"], "/mirror/base");
  });

  it("wait for the Gateway, and find its address in its status", async () => {
    const gateway = { className: "istio", name: "gw", port: 80, exposure: "internal", timeoutSeconds: 60 } as const;
    const made = await make(
      () =>
        new InferenceGateway("gw", {
          installation: INSTALLATION,
          namespace: "llm-d",
          gateway: { ...gateway, hostname: "llm.example.com" },
        }),
    );
    const { inputs } = only(made, "kubernetes:gateway.networking.k8s.io/v1:Gateway");
    const metadata = inputs["metadata"] as { annotations: Record<string, string> };
    assert.equal(metadata.annotations["pulumi.com/waitFor"], "condition=Programmed");
    assert.deepEqual((inputs["spec"] as { listeners: unknown }).listeners, [
      {
        name: "http",
        protocol: "HTTP",
        port: 80,
        hostname: "llm.example.com",
        allowedRoutes: { namespaces: { from: "Same" } },
      },
    ]);
  });

  it("have cert-manager get the certificate, wait for it, and give its Secret to the listener", async () => {
    const made = await make(() => {
      const { secretName } = new GatewayTls("gw-tls", {
        namespace: "llm-d",
        tls: { mode: "certManager", issuer: { name: "letsencrypt", kind: "ClusterIssuer" } },
        hostnames: ["llm.example.com", "grafana.example.com"],
        timeoutSeconds: 60,
      });
      const gateway = {
        className: "istio",
        name: "gw",
        port: 443,
        exposure: "internal",
        hostname: "llm.example.com",
        timeoutSeconds: 60,
      } as const;
      new InferenceGateway("gw", {
        installation: INSTALLATION,
        namespace: "llm-d",
        gateway,
        tls: { at: "gateway", secretName },
        parametersName: "gw-parameters",
        moreHosts: { grafana: "grafana.example.com" },
      });
    });
    const certificate = only(made, "kubernetes:cert-manager.io/v1:Certificate").inputs;
    assert.deepEqual(at(certificate, "metadata", "annotations"), { "pulumi.com/waitFor": "condition=Ready" });
    assert.deepEqual(at(certificate, "spec", "dnsNames"), ["llm.example.com", "grafana.example.com"]);
    assert.equal(at(certificate, "spec", "secretName"), "gw-tls");
    const { inputs } = only(made, "kubernetes:gateway.networking.k8s.io/v1:Gateway");
    const [own, grafana] = at(inputs, "spec", "listeners") as Record<string, unknown>[];
    // The same port and certificate, under another name.
    assert.deepEqual(grafana, { ...own, name: "grafana", hostname: "grafana.example.com" });
    assert.equal(at(inputs, "spec", "listeners", 0, "protocol"), "HTTPS");
    assert.deepEqual(at(inputs, "spec", "listeners", 0, "tls"), {
      mode: "Terminate",
      certificateRefs: [{ group: "", kind: "Secret", name: "gw-tls" }],
    });
    assert.equal(at(inputs, "spec", "infrastructure", "parametersRef", "name"), "gw-parameters");
  });

  it("tell Istio how long the gateway's proxies may finish requests, and which networks its balancer takes", async () => {
    const made = await make(() => {
      const shared = { namespace: "llm-d", drainSeconds: 60 };
      new GatewayPods("open", { ...shared, gatewayName: "open", allowedCidrs: [] });
      new GatewayPods("limited", { ...shared, gatewayName: "limited", allowedCidrs: ["203.0.113.0/24"] });
    });
    const deployment = JSON.stringify({ spec: { template: { spec: { terminationGracePeriodSeconds: 60 } } } });
    const service = JSON.stringify({ spec: { loadBalancerSourceRanges: ["203.0.113.0/24"] } });
    const data = made.filter(({ type }) => type === "kubernetes:core/v1:ConfigMap").map(({ inputs }) => inputs["data"]);
    assert.deepEqual(data, [{ deployment }, { deployment, service }]);
  });

  it("let drained nodes take one replica at a time, and those that are not ready at once", async () => {
    const made = await make(() => {
      new ModelServer("ms", {
        installation: INSTALLATION,
        releaseName: "ms",
        namespace: "llm-d",
        model: model({ replicas: 4, startupTimeoutSeconds: 600, drainSeconds: 100 }),
        image: "registry.example.com/vllm:v0.10.0",
        podLabels: { "llm-d.ai/model": "ms" },
        authSecretName: "llm-d-hf-token",
        serviceAccountName: "llm-d-model-server",
        autoscaled: false,
      });
    });
    assert.deepEqual(only(made, "kubernetes:policy/v1:PodDisruptionBudget").inputs["spec"], {
      selector: { matchLabels: { "llm-d.ai/model": "ms" } },
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    });
    // Four drain and load one after the other.
    assert.equal(only(made, "kubernetes:helm.sh/v3:Release").inputs["timeout"], 4 * (600 + 100) + 300);
  });

  it("route all models by one route, those with an id by their paths, which their servers never see", async () => {
    const made = await make(
      () =>
        new InferenceRoute("route-a", {
          installation: INSTALLATION,
          routeName: "route-a",
          namespace: "llm-d",
          gatewayName: "gw",
          models: [
            { poolName: "llm-d-gaie", poolGroup: "inference.networking.x-k8s.io", pathPrefix: "" },
            { poolName: "llm-d-gaie-a", poolGroup: "inference.networking.x-k8s.io", pathPrefix: "/a" },
          ],
          timeoutSeconds: 60,
        }),
    );
    const { inputs } = only(made, "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute");
    assert.deepEqual(inputs["spec"], {
      parentRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "gw" }],
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          backendRefs: [
            { group: "inference.networking.x-k8s.io", kind: "InferencePool", name: "llm-d-gaie", weight: 1 },
          ],
          timeouts: { request: "0s" },
        },
        {
          matches: [{ path: { type: "PathPrefix", value: "/a" } }],
          filters: [
            {
              type: "URLRewrite",
              urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } },
            },
          ],
          backendRefs: [
            { group: "inference.networking.x-k8s.io", kind: "InferencePool", name: "llm-d-gaie-a", weight: 1 },
          ],
          timeouts: { request: "0s" },
        },
      ],
    });
  });

  it("keep the Hugging Face token a secret", async () => {
    const made = await make(
      () => new HuggingFaceSecret("token", { namespace: "llm-d", token: pulumi.output("hf_notSecretYet") }),
    );
    const { inputs } = only(made, "kubernetes:core/v1:Secret");
    const data = JSON.stringify(inputs["data"]);
    assert.ok(!data.includes("hf_notSecretYet"));
    // The SDK's signature of a value that the engine encrypts.
    assert.ok(data.includes("1b47061264138c4ac30d75fd1eb44270"), data);
  });

  it("give a Prometheus without operator its files, with the token beside them, and none of the operator's objects", async () => {
    const made = await make(
      () =>
        new MonitoringObjects("monitoring", {
          namespace: "prom",
          besideTargets: false,
          operator: false,
          scrape: { namespace: "llm-d", istioNamespace: "istio-system" },
          endpointPickers: ["llm-d-gaie-epp"],
          rules: RULES,
          dashboards: [{ uid: "u", json: "{}" }],
          runbooks: [],
          labels: { reload: "prometheus" },
          dashboardLabels: {},
        }),
    );
    assert.ok(!made.some(({ type }) => type.startsWith("kubernetes:monitoring.coreos.com")));
    const files = made.find(({ name }) => name === "monitoring-prometheus")?.inputs;
    assert.deepEqual(files?.["metadata"], {
      name: "llm-d-prometheus",
      namespace: "prom",
      labels: { reload: "prometheus" },
    });
    assert.deepEqual(Object.keys(files["data"] as object).sort(), ["rules.yml", "scrape-configs.yml"]);
    assert.match(String(at(files, "data", "scrape-configs.yml")), /credentials_file: token/);
    const secret = only(made, "kubernetes:core/v1:Secret");
    assert.deepEqual(at(secret.inputs, "metadata", "name"), "llm-d-metrics-reader-token");
    assert.deepEqual(at(secret.inputs, "metadata", "namespace"), "prom");
  });
});
