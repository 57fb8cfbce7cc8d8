import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { complete, request } from "../../local/completion";
import { eventually, type TestEnvironment } from "../support/environment";
import { inventory } from "../support/inventory";
import { inventoryBefore, replaceEnvironment, sharedEnvironment } from "../support/shared";

/** A second model. The first one has no id. */
const SECOND_MODEL = {
  "models[1].id": "small",
  "models[1].name": "example/small",
  "models[1].replicas": "2",
};

/** Runs an up. @returns every change except the stack's outputs, as `operation type name` */
async function changes(environment: TestEnvironment): Promise<string[]> {
  const done: string[] = [];
  await environment.embedded.stack.up({
    color: "never",
    onEvent: (event: EngineEvent) => {
      const metadata = event.resOutputsEvent?.metadata;
      if (metadata === undefined || metadata.op === "same" || metadata.type === "pulumi:pulumi:Stack") return;
      done.push(`${metadata.op} ${metadata.type} ${metadata.urn.split("::").at(-1)}`);
    },
  });
  return done.sort();
}

describe("changes of the configuration", function () {
  this.timeout(900_000);
  let environment: TestEnvironment;
  before(async () => {
    environment = await sharedEnvironment();
  });

  // This test is first, because later tests and files need no monitoring and take half the time without it.
  it("monitoring.mode off deletes all of monitoring, and the model still answers", async () => {
    environment = await environment.rebase({ "monitoring.mode": "off" });
    replaceEnvironment(environment);
    const done = await changes(environment);
    const [deleted, others] = [true, false].map((gone) => done.filter((one) => one.startsWith("delete ") === gone));
    assert.ok(deleted?.includes("delete kubernetes:helm.sh/v3:Release kube-prometheus-stack"), done.join("\n"));
    // Nothing may read metrics now, so the endpoint picker and the network policies change.
    const policies = [
      "istio-system-to-istiod",
      "llm-d-to-endpoint-picker",
      "llm-d-to-gateway",
      "llm-d-to-model-servers",
    ];
    assert.deepEqual(others, [
      "update kubernetes:helm.sh/v3:Release llm-d-gaie",
      ...policies.map((name) => `update kubernetes:networking.k8s.io/v1:NetworkPolicy network-policies-${name}`),
    ]);
    await eventually(
      "all objects of monitoring are deleted",
      60_000,
      async () =>
        [...(await inventory(environment.kubeconfig))].filter(
          (one) => /monitoring/.test(one) && !inventoryBefore().has(one),
        ),
      (objects) => objects.length === 0,
    );
    const outputs = await environment.embedded.stack.outputs();
    const model = String((outputs.models?.value as string[])[0]);
    await complete(String(outputs.gatewayUrl?.value), { model, prompt: "Hello", maxTokens: 2 }, 60_000);
  });

  it("another number of replicas updates the model's release and nothing else", async () => {
    environment = await environment.reopen({ "models[0].replicas": "4" });
    replaceEnvironment(environment);
    assert.deepEqual(await changes(environment), ["update kubernetes:helm.sh/v3:Release ms"]);
    const ready = await eventually(
      "four replicas",
      60_000,
      () => environment.pods("ms-llm-d-modelservice-decode-"),
      (pods) => pods.length === 4 && pods.every((pod) => pod.ready),
    );
    assert.equal(ready.length, 4);
  });

  it("another weight of a scorer updates the endpoint picker's release and nothing else", async () => {
    environment = await environment.reopen({ "models[0].replicas": "4", "endpointPicker.weights.queue": "1" });
    replaceEnvironment(environment);
    assert.deepEqual(await changes(environment), ["update kubernetes:helm.sh/v3:Release llm-d-gaie"]);
  });

  it("the first settings again revert both releases", async () => {
    environment = await environment.reopen();
    replaceEnvironment(environment);
    assert.deepEqual(await changes(environment), [
      "update kubernetes:helm.sh/v3:Release llm-d-gaie",
      "update kubernetes:helm.sh/v3:Release ms",
    ]);
  });

  it("a second model renames nothing, and each model answers at its own URL", async () => {
    environment = await environment.reopen(SECOND_MODEL);
    replaceEnvironment(environment);
    assert.deepEqual(await changes(environment), [
      "create kubernetes:helm.sh/v3:Release llm-d-gaie-small",
      "create kubernetes:helm.sh/v3:Release ms-small",
      "create kubernetes:policy/v1:PodDisruptionBudget ms-small-llm-d-modelservice",
      "create llmd:serving:EndpointPicker llm-d-gaie-small",
      "create llmd:serving:ModelServer ms-small",
      "update kubernetes:gateway.networking.k8s.io/v1:HTTPRoute llm-d-inference-route",
    ]);
    const outputs = await environment.embedded.stack.outputs();
    const urls = outputs.gatewayUrls?.value as Record<string, string>;
    assert.equal(urls["example/small"], `${String(outputs.gatewayUrl?.value)}/small`);
    for (const [model, url] of Object.entries(urls)) {
      const answer = await complete(url, { model, prompt: "Hello", maxTokens: 2 }, 60_000);
      assert.equal((JSON.parse(answer.body) as { model: string }).model, model);
    }
    // This route does not serve the other model.
    const [first] = outputs.models?.value as string[];
    const wrong = await request(urls["example/small"] ?? "", { model: first ?? "", prompt: "Hello", maxTokens: 2 });
    assert.ok(wrong.status >= 400 && wrong.status < 500, `status ${wrong.status}`);
  });

  it("a second model has its own endpoint picker: a repeated prompt goes to the replica that has it cached", async () => {
    const outputs = await environment.embedded.stack.outputs();
    const url = (outputs.gatewayUrls?.value as Record<string, string>)["example/small"] ?? "";
    const prompt = Array.from({ length: 500 }, (_, index) => `again-${index}`).join(" ");
    const shares: number[] = [];
    // With round-robin or random balancing, half of the requests would be cache misses.
    for (let round = 0; round < 10; round++) {
      const answer = await complete(url, { model: "example/small", prompt, maxTokens: 2 }, 60_000);
      shares.push((answer.cachedTokens ?? 0) / (answer.promptTokens ?? 1));
    }
    const cached = shares.slice(1).filter((share) => share > 0.9).length;
    assert.equal(cached, 9, `share of the prompt from cache: ${shares.map((share) => share.toFixed(2)).join(" ")}`);
  });

  it("the removal of a model deletes exactly its own resources", async () => {
    environment = await environment.reopen();
    replaceEnvironment(environment);
    assert.deepEqual(await changes(environment), [
      "delete kubernetes:helm.sh/v3:Release llm-d-gaie-small",
      "delete kubernetes:helm.sh/v3:Release ms-small",
      "delete kubernetes:policy/v1:PodDisruptionBudget ms-small-llm-d-modelservice",
      "delete llmd:serving:EndpointPicker llm-d-gaie-small",
      "delete llmd:serving:ModelServer ms-small",
      "update kubernetes:gateway.networking.k8s.io/v1:HTTPRoute llm-d-inference-route",
    ]);
  });

  it("wrong settings are refused with every problem, and nothing changes", async () => {
    const wrong = await environment.reopen({ "models[0].replicas": "-1", "gateway.exposure": "public" });
    await assert.rejects(wrong.embedded.stack.up({ color: "never" }), (error: Error) => {
      assert.match(error.message, /models\[0\]\.replicas/);
      assert.match(error.message, /gateway\.exposure/);
      return true;
    });
    environment = await environment.reopen();
    replaceEnvironment(environment);
    assert.deepEqual(await changes(environment), []);
  });
});
