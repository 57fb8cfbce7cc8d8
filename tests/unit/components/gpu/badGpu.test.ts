import * as assert from "node:assert/strict";
import type { RawConfig } from "../../../../stacks/config";
import { GPU_OPERATORS } from "../../../../components/gpu/settings";
import { lines, parse, parseAws, problemsOf } from "../../../support/configurations";

const MODEL = { name: "meta-llama/Llama-3.1-8B-Instruct" };

/** What is changed in a good configuration for a cluster that exists, and everything that is then reported. */
const TABLE: [name: string, change: RawConfig, ...reported: string[]][] = [
  [
    "an operator of nobody",
    { gpu: { operator: "yum" } },
    'gpu.operator: "yum" is not allowed; write helm, olm or preinstalled',
  ],
  [
    "settings of an operator that is there already",
    { gpu: { driver: "on", timeSlicing: { replicas: 2 } }, models: [{ ...MODEL, gpuMemoryUtilization: 0.4 }] },
    "gpu.driver: has no effect with gpu.operator preinstalled; remove it, or write helm or olm as gpu.operator",
    "gpu.timeSlicing: has no effect with gpu.operator preinstalled; remove it, or write helm or olm as gpu.operator",
  ],
  [
    "OLM's settings without OLM",
    { gpu: { operator: "helm", olm: { channel: "v26.3" } } },
    "gpu.olm: has no effect with gpu.operator helm; remove it, or write olm as gpu.operator",
  ],
  [
    "approval of nothing",
    { gpu: { operator: "olm", olm: { approval: "Manual" } } },
    "gpu.olm.startingCSV: is missing with approval Manual; write the version to approve, such as gpu-operator-certified.v26.3.3",
  ],
  [
    "a version that is none",
    { gpu: { operator: "olm", olm: { startingCSV: "v26.3.3" } } },
    'gpu.olm.startingCSV: "v26.3.3" is not allowed; write the name of a ClusterServiceVersion such as gpu-operator-certified.v26.3.3',
  ],
  [
    "labels for no node",
    { gpu: { operator: "olm", olm: { nfd: "labels" } } },
    "gpu.olm.nodes: is missing with nfd labels; write the names of the GPU nodes (`oc get nodes`)",
  ],
  [
    "nodes that are found anyway",
    { gpu: { operator: "olm", olm: { nodes: ["a"] } } },
    "gpu.olm.nodes: has no effect with gpu.olm.nfd operator; remove it, or write labels as gpu.olm.nfd",
  ],
  [
    "a layout for whole GPUs",
    { gpu: { operator: "helm", mig: { layout: "all-1g.5gb" } } },
    "gpu.mig.layout: has no effect with gpu.mig.strategy none; remove it, or write single as gpu.mig.strategy",
  ],
  [
    "slices of an unknown number",
    { gpu: { operator: "helm", mig: { strategy: "single", layout: "all-1g.5gb" } } },
    'gpu.gpusPerNode: is missing with the MIG layout "all-1g.5gb"; write how many slices a node advertises, such as 56 for eight A100 with seven slices each',
  ],
  [
    "slices that no model asks for",
    { gpu: { operator: "helm", mig: { strategy: "mixed", layout: "all-1g.5gb" } } },
    "gpu.mig.strategy: mixed advertises the slices of a layout as nvidia.com/mig-..., which no model requests (models request nvidia.com/gpu); write single",
  ],
  [
    "models that are too much for a share",
    {
      gpu: { operator: "helm", timeSlicing: { replicas: 3 } },
      models: [{ ...MODEL, tensorParallel: 2, gpuMemoryUtilization: 0.9 }],
    },
    "models[0].tensorParallel: 2 shares may be on one GPU; write 1, or remove gpu.timeSlicing",
    "models[0].gpuMemoryUtilization: 0.9 of a GPU's memory for each of the 3 pods that share it (gpu.timeSlicing.replicas) is more than the GPU has; write at most 0.33",
  ],
];

describe("bad GPU settings", () => {
  for (const [name, change, ...reported] of TABLE) {
    it(`are refused: ${name}`, () => {
      assert.deepEqual(lines(problemsOf(() => parse(change))).sort(), [...reported].sort());
    });
  }

  it("are refused: OLM on EKS", () => {
    assert.deepEqual(lines(problemsOf(() => parseAws({}, { gpu: { operator: "olm" } }))), [
      "gpu.operator: olm needs OpenShift's Operator Lifecycle Manager, which platform eks does not have; write helm",
    ]);
  });
});

describe("good GPU settings", () => {
  it("follow from the platform", () => {
    const local = parse({ platform: "local", kubernetes: { kubeconfig: "/run/kubeconfig" } }).gpu;
    assert.deepEqual([local.operator, local.driver, local.toolkit], ["helm", false, false]);
    const eks = parseAws().gpu;
    assert.deepEqual([eks.operator, eks.driver, eks.toolkit], ["helm", false, false]);
    const existing = parse().gpu;
    assert.equal(existing.operator, "preinstalled");
  });

  it("may say otherwise", () => {
    for (const operator of GPU_OPERATORS) assert.equal(parse({ gpu: { operator } }).gpu.operator, operator);
    const { driver, toolkit } = parseAws({}, { gpu: { driver: "on", toolkit: "off" } }).gpu;
    assert.deepEqual([driver, toolkit], [true, false]);
    assert.deepEqual(
      [parse({ gpu: { operator: "helm" } }).gpu.driver, parse({ gpu: { operator: "helm" } }).gpu.toolkit],
      [true, true],
    );
  });

  it("let models share GPUs that have memory for all", () => {
    const gpu = { operator: "helm", timeSlicing: { replicas: 2 } };
    assert.equal(parse({ gpu, models: [{ ...MODEL, gpuMemoryUtilization: 0.5 }] }).gpu.timeSlicing?.replicas, 2);
  });
});
