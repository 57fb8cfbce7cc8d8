import * as assert from "node:assert/strict";
import { modelValues, vllmArguments } from "../../../../components/serving/modelValues";
import { RESERVED_ARGUMENTS } from "../../../../components/serving/settings";
import { at, model } from "../../../support/components";

const values = (changes: Parameters<typeof model>[0] = {}) =>
  modelValues({
    model: model(changes),
    image: "registry.example.com/vllm:v0.10.0",
    podLabels: { "llm-d.ai/inference-serving": "true", "llm-d.ai/model": "ms" },
    authSecretName: "llm-d-hf-token",
    serviceAccountName: "llm-d-model-server",
  });

describe("arguments of vllm serve", () => {
  it("says each switch out loud, off or on", () => {
    assert.deepEqual(vllmArguments(model()), [
      "--block-size",
      "16",
      "--enable-prefix-caching",
      "--no-enable-chunked-prefill",
      "--gpu-memory-utilization",
      "0.9",
    ]);
    const turned = vllmArguments(model({ prefixCaching: false, chunkedPrefill: true }));
    assert.ok(turned.includes("--no-enable-prefix-caching") && turned.includes("--enable-chunked-prefill"));
  });

  it("adds the context's length where it is set, and the user's arguments last", () => {
    assert.deepEqual(vllmArguments(model({ maxModelLen: 8192, extraArgs: ["--seed", "1"] })).slice(-4), [
      "--max-model-len",
      "8192",
      "--seed",
      "1",
    ]);
  });

  it("sets nothing that users could set twice without being told", () => {
    const flags = vllmArguments(model({ maxModelLen: 1024 })).filter((argument) => argument.startsWith("--"));
    for (const flag of flags) assert.ok(flag.replace("--no-", "--") in RESERVED_ARGUMENTS, flag);
  });
});

describe("values of the model chart", () => {
  it("serves decode pods only, without a proxy in between", () => {
    assert.equal(at(values(), "prefill", "create"), false);
    assert.equal(at(values(), "routing", "proxy", "enabled"), false);
    assert.equal(at(values(), "routing", "servicePort"), 8000);
    assert.equal(at(values(), "decode", "replicas"), 3);
  });

  it("asks for one GPU per rank and tolerates the taint of GPU nodes", () => {
    const decode = at(values({ tensorParallel: 4 }), "decode");
    assert.deepEqual(at(decode, "containers", 0, "resources"), {
      requests: { cpu: "8", memory: "64Gi", "nvidia.com/gpu": "4" },
      limits: { "nvidia.com/gpu": "4" },
    });
    assert.equal(at(decode, "parallelism", "tensor"), 4);
    assert.deepEqual(at(decode, "tolerations"), [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }]);
  });

  it("gives several ranks shared memory", () => {
    const volumes = (changes: Parameters<typeof model>[0]) =>
      (at(values(changes), "decode", "volumes") as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(volumes({}), ["metrics-volume"]);
    assert.deepEqual(volumes({ tensorParallel: 2 }), ["metrics-volume", "shared-memory"]);
  });

  it("waits as long for the start as was asked for", () => {
    const probe = at(values({ startupTimeoutSeconds: 905 }), "decode", "containers", 0, "startupProbe");
    assert.equal(Number(at(probe, "periodSeconds")) * Number(at(probe, "failureThreshold")), 910);
  });

  it("has Helm wait for replicas that may all be away at once", () => {
    const strategy = (replicas: number, maxUnavailable: number, maxSurge: number): unknown =>
      at(values({ replicas, rollout: { maxUnavailable, maxSurge } }), "decode", "strategy");
    const rolling = (maxUnavailable: number, maxSurge: number) => ({
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable, maxSurge },
    });
    assert.deepEqual(strategy(1, 1, 0), { type: "Recreate" });
    assert.deepEqual(strategy(2, 5, 0), { type: "Recreate" });
    assert.deepEqual(strategy(1, 1, 1), rolling(0, 1));
    assert.deepEqual(strategy(2, 1, 0), rolling(1, 0));
  });

  it("has replicas replaced one after the other, each once it has finished its requests", () => {
    const decode = at(values({ drainSeconds: 100 }), "decode");
    assert.deepEqual(at(decode, "strategy", "rollingUpdate"), { maxUnavailable: 1, maxSurge: 0 });
    // Noticing takes 5 s, and ending after it up to 30 s.
    assert.equal(at(decode, "terminationGracePeriodSeconds"), 135);
    const command = at(decode, "containers", 0, "extraConfig", "lifecycle", "preStop", "exec", "command") as string[];
    assert.deepEqual([command[0], ...command.slice(-2)], ["python3", "http://127.0.0.1:8000/metrics", "105"]);
    // The chart renders this part of the values as a template.
    assert.ok(!command.join("").includes("{{"));
    const cutOff = at(values({ drainSeconds: 0 }), "decode");
    assert.equal(at(cutOff, "terminationGracePeriodSeconds"), 30);
    assert.ok(!("extraConfig" in (at(cutOff, "containers", 0) as object)));
  });

  it("lets only a downloading claim be written", () => {
    assert.equal(at(values({ uri: "pvc://claim/weights" }), "modelArtifacts", "readOnly"), true);
    assert.equal(at(values({ uri: "pvc+hf://claim/hub/org/repo" }), "modelArtifacts", "readOnly"), false);
  });

  it("merges the user's values over its own", () => {
    const merged = values({ values: { decode: { nodeSelector: { zone: "a" } } } });
    assert.deepEqual(at(merged, "decode", "nodeSelector"), { zone: "a" });
    assert.equal(at(merged, "decode", "replicas"), 3);
  });

  it("holds no token", () => {
    assert.equal(at(values(), "modelArtifacts", "authSecretName"), "llm-d-hf-token");
  });
});
