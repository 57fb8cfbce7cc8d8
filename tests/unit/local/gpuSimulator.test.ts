import * as assert from "node:assert/strict";
import { hardwareOf, NODES, nodeManifest } from "../../../local/controlplane/nodes";
import {
  advertisedGpus,
  featureLabels,
  isGpuNode,
  labelPatch,
  productLabels,
  sharingOf,
} from "../../../local/simulators/gpuNodes";
import {
  type ClusterPolicy,
  daemonSetOf,
  faultOf,
  isSame,
  operandsOf,
  OPERANDS,
} from "../../../local/simulators/gpuOperands";
import { policyStatus } from "../../../local/simulators/policyStatus";

const policy = (spec: object = {}): ClusterPolicy => ({
  metadata: { name: "cluster-policy", uid: "u" },
  spec: { devicePlugin: { enabled: true }, gfd: { enabled: true }, driver: { enabled: false }, ...spec },
});
const hardware = NODES[0]?.gpus ?? assert.fail();
const operand = (name: string) => OPERANDS.find(({ daemonSet }) => daemonSet === name) ?? assert.fail(name);

describe("a simulated GPU node", () => {
  it("has GPU hardware and advertises no GPU before a device plugin runs", () => {
    const node = nodeManifest(NODES[0] ?? assert.fail(), "v1.33.4");
    assert.deepEqual(hardwareOf(node), hardware);
    assert.equal(node.status?.allocatable?.["nvidia.com/gpu"], undefined);
    assert.deepEqual(
      Object.keys(node.metadata?.labels ?? {}).filter((label) => label.includes("nvidia")),
      [],
    );
  });
});

describe("the simulated GPU Operator", () => {
  it("runs the operands that the policy enables, and always the validator", () => {
    const names = operandsOf(policy()).map(({ daemonSet }) => daemonSet);
    assert.deepEqual(names, ["nvidia-operator-validator", "nvidia-device-plugin-daemonset", "gpu-feature-discovery"]);
  });

  it("finds GPU nodes by the PCI label", () => {
    assert.ok(isGpuNode(featureLabels(true, "")));
    assert.ok(!isGpuNode(featureLabels(false, "6.1")));
  });

  it("advertises whole GPUs, time-sliced GPUs or MIG instances", () => {
    const single = { mig: { strategy: "single" }, migManager: { enabled: true, config: { default: "all-1g.5gb" } } };
    assert.equal(advertisedGpus(hardware, sharingOf(policy(), 1)), 8);
    assert.equal(advertisedGpus(hardware, sharingOf(policy(), 4)), 32);
    assert.equal(advertisedGpus(hardware, sharingOf(policy(single), 1)), 56);
    assert.equal(productLabels(hardware, sharingOf(policy(), 1))["nvidia.com/gpu.product"], "NVIDIA-A100-SXM4-40GB");
    assert.equal(
      productLabels(hardware, sharingOf(policy(), 2))["nvidia.com/gpu.product"],
      "NVIDIA-A100-SXM4-40GB-SHARED",
    );
  });

  it("removes its own labels and no others", () => {
    const owned = (label: string) => label.startsWith("nvidia.com/");
    assert.deepEqual(labelPatch({ "nvidia.com/a": "1", b: "2" }, { "nvidia.com/c": "3" }, owned), {
      "nvidia.com/c": "3",
      "nvidia.com/a": null,
    });
    assert.equal(labelPatch({ b: "2" }, {}, owned), undefined);
  });

  it("replaces the pods of an operand with a fault, and lets the others wait for driver and toolkit", () => {
    const faults = { "operand.nvidia-driver-daemonset": "running" };
    assert.equal(faultOf(operand("nvidia-driver-daemonset"), faults), "running");
    assert.equal(faultOf(operand("nvidia-device-plugin-daemonset"), faults), "waiting");
    assert.equal(faultOf(operand("nvidia-node-status-exporter"), faults), undefined);
    const set = (fault?: string) => daemonSetOf(operand("gpu-feature-discovery"), policy(), "gpu-operator", fault);
    assert.ok(isSame(set(), set()));
    assert.ok(!isSame(set(), set("waiting")));
  });

  it("lists the operands that are not ready, and is ready in a cluster without GPU nodes", () => {
    const status = (notReady: string[], discovery: boolean, nodes: boolean) => {
      const { state, conditions } = policyStatus(policy(), notReady, discovery, nodes, "gpu-operator");
      const holding = conditions?.find((condition) => condition.status === "True");
      return [state, holding?.type, holding?.reason, holding?.message];
    };
    const message = "ClusterPolicy is not ready, states not ready: [state-driver state-dcgm]";
    assert.deepEqual(status(["state-driver", "state-dcgm"], true, true), [
      "notReady",
      "Error",
      "OperandNotReady",
      message,
    ]);
    assert.deepEqual(status([], true, true).slice(0, 3), ["ready", "Ready", "Reconciled"]);
    assert.deepEqual(status([], true, false).slice(0, 3), ["ready", "Ready", "NoGPUNodes"]);
    assert.deepEqual(status([], false, false).slice(0, 3), ["ready", "Ready", "NFDLabelsMissing"]);
  });
});
