import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { complete, request } from "../../local/completion";
import { eventually, type TestEnvironment } from "../support/environment";
import { sharedEnvironment } from "../support/shared";

const MODEL_PODS = "ms-llm-d-modelservice-decode-";

interface Conditions {
  status?: {
    addresses?: { value: string }[];
    conditions?: { type: string; status: string }[];
    parents?: { conditions: { type: string; status: string }[] }[];
  };
}

describe("up, on the embedded environment", function () {
  this.timeout(900_000);
  let environment: TestEnvironment;
  let url: string;
  let model: string;
  before(async () => {
    environment = await sharedEnvironment();
    const { stack } = environment.embedded;
    await stack.up({ color: "never" });
    const outputs = await stack.outputs();
    url = String(outputs.gatewayUrl?.value);
    model = String((outputs.models?.value as string[])[0]);
  });

  it("runs exactly the expected pods as real processes, and all are ready", async () => {
    // Helm does not wait for the replica that may be unavailable, nor for Prometheus, which its operator starts.
    const pods = await eventually(
      "all pods are ready",
      60_000,
      async () => (await environment.status()).pods,
      (all) => all.length > 0 && all.every((pod) => pod.ready && pod.pid !== undefined),
    );
    const programs = pods.map(
      (pod) => `${pod.namespace}/${pod.name.replace(/-[a-z0-9]+-[a-z0-9]{5}$/, "")} ${pod.program}`,
    );
    assert.deepEqual([...new Set(programs)].sort(), [
      "gpu-operator/nvidia-dcgm dcgm-exporter (fake)",
      "istio-system/istiod pilot-discovery",
      "llm-d-monitoring/kube-prometheus-stack-kube-state-metrics kube-state-metrics",
      "llm-d-monitoring/kube-prometheus-stack-operator prometheus-operator",
      "llm-d-monitoring/prometheus-kube-prometheus-stack-prometheus-0 prometheus",
      "llm-d-monitoring/prometheus-kube-prometheus-stack-prometheus-0 prometheus-config-reloader",
      "llm-d/llm-d-gaie-epp epp",
      "llm-d/llm-d-infra-inference-gateway-istio pilot-agent with envoy",
      "llm-d/ms-llm-d-modelservice-decode llm-d-inference-sim",
    ]);
    assert.equal(pods.filter((pod) => pod.name.startsWith(MODEL_PODS)).length, 3);
  });

  it("has a programmed Gateway and an accepted route, whose reference to the pool is resolved", async () => {
    const api = environment.kubeconfig.makeApiClient(k8s.CustomObjectsApi);
    const where = { group: "gateway.networking.k8s.io", version: "v1", namespace: "llm-d" };
    const gateway = (await api.getNamespacedCustomObject({
      ...where,
      plural: "gateways",
      name: "llm-d-infra-inference-gateway",
    })) as Conditions;
    const state = (list: { type: string; status: string }[] | undefined): Record<string, string> =>
      Object.fromEntries((list ?? []).map((condition) => [condition.type, condition.status]));
    assert.equal(state(gateway.status?.conditions).Programmed, "True");
    const routes = (await api.listNamespacedCustomObject({ ...where, plural: "httproutes" })) as {
      items: Conditions[];
    };
    assert.equal(routes.items.length, 1);
    const conditions = state(routes.items[0]?.status?.parents?.[0]?.conditions);
    assert.equal(conditions.Accepted, "True");
    assert.equal(conditions.ResolvedRefs, "True");
  });

  it("has istiod's webhook, which refuses an invalid VirtualService", async () => {
    const api = environment.kubeconfig.makeApiClient(k8s.CustomObjectsApi);
    await assert.rejects(
      api.createNamespacedCustomObject({
        group: "networking.istio.io",
        version: "v1",
        namespace: "llm-d",
        plural: "virtualservices",
        body: {
          apiVersion: "networking.istio.io/v1",
          kind: "VirtualService",
          metadata: { name: "invalid", namespace: "llm-d" },
          spec: { hosts: ["a.example"], http: [{ match: [{ uri: { regex: "[" } }], route: [] }] },
        },
      }),
      /admission webhook .{0,6}(rev\.)?validation\.istio\.io.{0,6} denied the request/,
    );
  });

  it("answers a completion through the gateway", async () => {
    const answer = await complete(url, { model, prompt: "What is a KV cache?", maxTokens: 8 }, 60_000);
    assert.equal(answer.status, 200);
    assert.match(answer.contentType, /application\/json/);
    assert.ok(answer.text.length > 0);
  });

  it("answers a streamed completion through the gateway, piece by piece", async () => {
    const answer = await request(url, { model, prompt: "What is a KV cache?", maxTokens: 8, stream: true });
    assert.equal(answer.status, 200);
    assert.match(answer.contentType, /text\/event-stream/);
    assert.ok(answer.events > 2, `${answer.events} events`);
    assert.match(answer.body, /data: \[DONE\]/);
  });

  it("refuses a model that no pool serves", async () => {
    const answer = await request(url, { model: "no/such-model", prompt: "Hello", maxTokens: 1 });
    assert.ok(answer.status >= 400 && answer.status < 500, `status ${answer.status}`);
  });

  it("prints a curl line that works", async () => {
    const outputs = await environment.embedded.stack.outputs();
    const line = String(outputs.tryIt?.value);
    const { execFileSync } = await import("node:child_process");
    const printed = await eventually(
      "curl",
      30_000,
      () =>
        Promise.resolve(execFileSync("sh", ["-c", line], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })),
      (text) => text.includes("choices"),
    );
    assert.equal((JSON.parse(printed) as { model: string }).model, model);
  });

  it("marks exactly the secret outputs as secret", async () => {
    const outputs = await environment.embedded.stack.outputs();
    const secret = Object.entries(outputs)
      .filter(([, output]) => output.secret)
      .map(([name]) => name);
    assert.deepEqual(secret.sort(), ["grafanaAdminPassword", "kubeconfig"]);
  });

  it("shows no change in a preview after the up", async () => {
    const preview = await environment.embedded.stack.preview({ color: "never" });
    const { same, ...others } = preview.changeSummary as Record<string, number>;
    assert.deepEqual(others, {});
    assert.ok((same ?? 0) > 10);
  });

  it("finds no drift in a refresh", async () => {
    const { stack } = environment.embedded;
    const { stdout } = await stack.refresh({ color: "never" });
    const { same, ...others } = ((await stack.info())?.resourceChanges ?? {}) as Record<string, number>;
    assert.deepEqual(others, {}, stdout);
    assert.ok((same ?? 0) > 10);
  });
});
