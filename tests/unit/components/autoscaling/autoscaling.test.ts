import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { kedaValues } from "../../../../components/autoscaling/kedaValues";
import { queries, scaledObjectSpec, type ScalingSettings } from "../../../../components/autoscaling/scaledObject";
import { METRICS } from "../../../../monitoring";
import { at } from "../../../support/components";

const SETTINGS: ScalingSettings = {
  minReplicas: 2,
  maxReplicas: 8,
  waitingRequests: 5,
  kvCachePercent: 80,
  pollingSeconds: 15,
  cooldownSeconds: 600,
};

const ARGS = {
  settings: SETTINGS,
  namespace: "llm-d",
  deployment: "ms-llm-d-modelservice-decode",
  prometheusUrl: "http://prometheus.example.com",
};

const POST_RENDERER = path.join(__dirname, "..", "..", "..", "..", "components", "serving", "withoutReplicas.cjs");

describe("a model's autoscaling", () => {
  it("asks Prometheus for the queue and the KV cache of the model's replicas alone", () => {
    const spec = scaledObjectSpec(ARGS);
    assert.deepEqual(
      spec.triggers.map(({ type, metricType, metadata: { threshold } }) => [type, metricType, threshold]),
      [
        ["prometheus", "AverageValue", "5"],
        ["prometheus", "AverageValue", "80"],
      ],
    );
    for (const { metadata } of spec.triggers) {
      assert.match(metadata.query, /namespace="llm-d",pod=~"ms-llm-d-modelservice-decode-\.\+"/);
      assert.equal(metadata.ignoreNullValues, "false");
    }
  });

  it("asks for metrics that vLLM exports", () => {
    const known = JSON.stringify(METRICS);
    for (const query of Object.values(queries(ARGS))) {
      for (const [name = ""] of query.matchAll(/vllm:\w+/g)) assert.ok(known.includes(name), name);
    }
  });

  it("keeps between its bounds, adds at once and takes away one by one after the cooldown", () => {
    const spec = scaledObjectSpec(ARGS);
    assert.deepEqual([spec.minReplicaCount, spec.maxReplicaCount, spec.pollingInterval], [2, 8, 15]);
    const behavior = spec.advanced.horizontalPodAutoscalerConfig.behavior;
    assert.equal(behavior.scaleUp.stabilizationWindowSeconds, 0);
    assert.equal(behavior.scaleDown.stabilizationWindowSeconds, 600);
    assert.deepEqual(behavior.scaleDown.policies, [{ type: "Pods", value: 1, periodSeconds: 60 }]);
  });

  it("gives KEDA one namespace to look at, no Secrets of others to read and no kinds to scale but ordinary ones", () => {
    const values = kedaValues({ watched: "llm-d" });
    assert.equal(at(values, "watchNamespace"), "llm-d");
    assert.equal(at(values, "rbac", "enabledCustomScaledRefKinds"), false);
    assert.equal(at(values, "permissions", "operator", "restrict", "secret"), true);
    assert.equal(at(values, "crds", "install"), false);
  });

  it("has Helm leave the number of replicas out of the Deployment, and everything else as it is", () => {
    assert.ok((fs.statSync(POST_RENDERER).mode & 0o111) !== 0, "it cannot be executed");
    const deployment =
      "---\napiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 3\n  template:\n    replicas: 9\n";
    const other = "---\nkind: Something\nspec:\n  replicas: 3\n";
    const { stdout, status } = spawnSync(POST_RENDERER, { input: `# Source\n${deployment}${other}`, encoding: "utf8" });
    assert.equal(status, 0);
    assert.equal(stdout, `# Source\n${deployment.replace("  replicas: 3\n", "")}${other}`);
  });
});
