import * as assert from "node:assert/strict";
import { runSmokeTest, type SmokeClient } from "../../../../components/gpu/runSmokeTest";
import {
  isModel,
  outputProblem,
  smokeJob,
  smokeState,
  type SmokeState,
  type SmokeTest,
} from "../../../../components/gpu/smokeTest";
import { INSTANCE_TYPES } from "../../../../stacks/platforms/eks/instanceTypes";

const TEST: SmokeTest = {
  jobName: "gpu-smoke-test-0",
  namespace: "llm-d",
  image: "registry.example.com/cuda:1.0.0",
  nodeSelector: { group: "gpu" },
  model: "A100-SXM4-40GB",
  timeoutSeconds: 60,
};

describe("the GPU smoke test", () => {
  /** GPUs as nvidia-smi names them, and the model of the instance type that has them. */
  const NAMES: [string, keyof typeof INSTANCE_TYPES][] = [
    ["NVIDIA A100-SXM4-40GB", "p4d.24xlarge"],
    ["NVIDIA A100-SXM4-80GB", "p4de.24xlarge"],
    ["NVIDIA H100 80GB HBM3", "p5.48xlarge"],
    ["NVIDIA H200", "p5en.48xlarge"],
    ["NVIDIA B200", "p6-b200.48xlarge"],
    ["NVIDIA L4", "g6.xlarge"],
    ["NVIDIA L40S", "g6e.xlarge"],
  ];
  for (const [name, type] of NAMES) {
    it(`knows ${name} for the GPU of a ${type}, and no other`, () => {
      for (const [other, otherType] of NAMES) {
        assert.equal(isModel(name, INSTANCE_TYPES[otherType].gpuModel), other === name, other);
      }
      assert.ok(isModel(name, INSTANCE_TYPES[type].gpuModel));
    });
  }

  it("wants one GPU, of the model", () => {
    assert.equal(outputProblem("NVIDIA A100-SXM4-40GB\n", "A100-SXM4-40GB"), undefined);
    assert.equal(outputProblem("NVIDIA L4", undefined), undefined);
    assert.match(outputProblem("NVIDIA L4\nNVIDIA L4\n", "L4") ?? "", /shows 2 GPUs to a pod that asked for one/);
    assert.match(outputProblem("", "L4") ?? "", /shows 0 GPUs/);
    assert.match(outputProblem("NVIDIA L40S", "L4") ?? "", /the GPU is "NVIDIA L40S", not L4/);
    assert.match(outputProblem("hello", undefined) ?? "", /names no GPU: "hello"/);
  });

  it("asks for one GPU of the group's nodes, and gives up by itself", () => {
    const { spec } = smokeJob(TEST);
    assert.equal(spec.backoffLimit, 0);
    assert.equal(spec.activeDeadlineSeconds, 60);
    const pod = spec.template.spec;
    assert.deepEqual(pod.nodeSelector, { group: "gpu" });
    assert.deepEqual(pod.containers[0]?.resources.limits, { "nvidia.com/gpu": "1" });
    assert.equal(pod.tolerations[0]?.key, "nvidia.com/gpu");
  });

  /** Runs a test on a cluster that goes through some states; the last one stays. */
  const run = async (...states: SmokeState[]): Promise<{ told: string[]; calls: string[]; error?: string }> => {
    const told: string[] = [];
    const calls: string[] = [];
    let now = 0;
    const client: SmokeClient = {
      startJob: () => Promise.resolve(void calls.push("start")),
      readSmokeTest: () => Promise.resolve((states.length > 1 ? states.shift() : states[0]) as SmokeState),
      removeJob: () => Promise.resolve(void calls.push("remove")),
    };
    const report = (message: string): void => void told.push(message);
    const pause = () => Promise.resolve((now += 1000));
    const error = await runSmokeTest(client, TEST, { report, pause, now: () => now }).then(
      () => undefined,
      (caught: unknown) => (caught as Error).message,
    );
    return { told, calls, ...(error === undefined ? {} : { error }) };
  };
  const pending = (reason?: string, noFreeGpu = false): SmokeState => ({
    phase: "pending",
    noFreeGpu,
    ...(reason === undefined ? {} : { reason }),
  });

  it("tells what it saw, and removes its Job", async () => {
    const { told, calls } = await run(pending(), { phase: "succeeded", output: "NVIDIA A100-SXM4-40GB\n" });
    assert.deepEqual(told, ["GPU smoke test: NVIDIA A100-SXM4-40GB"]);
    assert.deepEqual(calls, ["start", "remove"]);
  });

  it("fails with another GPU, with what nvidia-smi said, and with why its pod does not start; and removes its Job", async () => {
    const wrong = await run({ phase: "succeeded", output: "NVIDIA L4" });
    assert.equal(wrong.error, 'GPU smoke test: the GPU is "NVIDIA L4", not A100-SXM4-40GB');
    const failed = await run({
      phase: "failed",
      output: "Failed to initialize NVML: Driver/library version mismatch\n",
    });
    assert.equal(
      failed.error,
      "GPU smoke test: nvidia-smi failed: Failed to initialize NVML: Driver/library version mismatch",
    );
    const stuck = await run(pending("ErrImagePull: not found"));
    assert.equal(stuck.error, "GPU smoke test: nvidia-smi has not run within 60 s: ErrImagePull: not found");
    for (const { calls } of [wrong, failed, stuck]) assert.deepEqual(calls, ["start", "remove"]);
  });

  it("is left out, with a word about it, while models hold all GPUs", async () => {
    const { told, error } = await run(pending("0/2 nodes are available: 2 Insufficient nvidia.com/gpu", true));
    assert.equal(error, undefined);
    assert.deepEqual(told, ["GPU smoke test skipped: all GPUs are in use"]);
  });

  it("reads what became of it from Job and pod", () => {
    const pod = (status: object) => ({ status }) as Parameters<typeof smokeState>[1];
    const terminated = [{ state: { terminated: { message: "NVIDIA L4" } } }];
    assert.deepEqual(smokeState(undefined, pod({ phase: "Succeeded", containerStatuses: terminated })), {
      phase: "succeeded",
      output: "NVIDIA L4",
    });
    const condition = { type: "PodScheduled", status: "False", message: "2 Insufficient nvidia.com/gpu" };
    assert.deepEqual(smokeState(undefined, pod({ phase: "Pending", conditions: [condition] })), {
      phase: "pending",
      noFreeGpu: true,
      reason: "2 Insufficient nvidia.com/gpu",
    });
    const late = { status: { conditions: [{ type: "Failed", status: "True", message: "longer than its deadline" }] } };
    assert.deepEqual(smokeState(late as Parameters<typeof smokeState>[0], undefined), {
      phase: "failed",
      output: "longer than its deadline",
    });
    assert.deepEqual(smokeState(undefined, undefined), { phase: "pending", noFreeGpu: false });
  });
});
