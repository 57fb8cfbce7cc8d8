import * as assert from "node:assert/strict";
import { smokeTargets } from "../../../../components/gpu/gpuReadiness";
import type {
  ContainerState,
  GpuState,
  NodeState,
  OperandState,
  PolicyState,
} from "../../../../components/gpu/gpuState";
import { operandReasons } from "../../../../components/gpu/operandReasons";
import { type GpuExpectation, judge, PCI_LABEL } from "../../../../components/gpu/readiness";
import { waitForGpus } from "../../../../components/gpu/waitForGpus";

const node = (name: string, gpus: number, changes: Partial<NodeState> = {}): NodeState => ({
  name,
  ready: true,
  labels: { group: "gpu", [PCI_LABEL]: "true", "kubernetes.io/hostname": name },
  allocatable: { cpu: "96", "nvidia.com/gpu": String(gpus) },
  ...changes,
});

const READY: PolicyState = {
  name: "cluster-policy",
  state: "ready",
  conditions: [{ type: "Ready", status: "True", reason: "Reconciled" }],
};

const notReady = (message: string): PolicyState => ({
  name: "cluster-policy",
  state: "notReady",
  conditions: [{ type: "Error", status: "True", reason: "OperandNotReady", message }],
});

const readyFor = (reason: string): PolicyState => ({
  ...READY,
  conditions: [{ type: "Ready", status: "True", reason }],
});

const container = (changes: Partial<ContainerState>): ContainerState => ({
  name: "ctr",
  init: false,
  ready: false,
  running: false,
  ...changes,
});

const operand = (name: string, ...containers: ContainerState[]): OperandState => ({
  name,
  desired: 2,
  ready: 0,
  pods: [{ name: `${name}-x`, node: "gpu-0", ready: false, containers }],
});

const GROUP = { name: "GPU nodes", selector: { group: "gpu" }, minimum: 2, perNode: 8, model: "A100-SXM4-40GB" };
const EIGHT: GpuExpectation = { policy: true, nodes: [GROUP] };
const ANY: GpuExpectation = { policy: false, nodes: [{ name: "GPU nodes", minimum: 1 }] };
const BOTH = [node("gpu-0", 8), node("gpu-1", 8)];
const HEALTHY: GpuState = { policies: [READY], operands: [], nodes: BOTH };

/** What is made up, and everything that is said about it. */
const TABLE: [name: string, state: GpuState, expectation: GpuExpectation, ...reasons: string[]][] = [
  ["all nodes with all their GPUs", HEALTHY, EIGHT],
  ["nodes that are there already, without an operator", { operands: [], nodes: BOTH }, ANY],
  [
    "GPUs that are divided",
    { operands: [], nodes: [node("a", 0, { allocatable: { "nvidia.com/mig-1g.5gb": "7" } })] },
    ANY,
  ],
  ["no kind", { operands: [], nodes: BOTH }, EIGHT, "the kind ClusterPolicy is not installed"],
  ["no policy", { ...HEALTHY, policies: [] }, EIGHT, "there is no ClusterPolicy"],
  [
    "a policy that nobody looks at",
    { ...HEALTHY, policies: [{ name: "cluster-policy", conditions: [] }] },
    EIGHT,
    "ClusterPolicy cluster-policy has no state: no GPU Operator has looked at it",
  ],
  [
    "a second policy, which the operator ignores",
    { ...HEALTHY, policies: [READY, { ...READY, state: "ignored" }] },
    EIGHT,
  ],
  [
    "an operand that is not ready, and what follows from it",
    {
      policies: [notReady("ClusterPolicy is not ready, states not ready: [state-driver]")],
      operands: [operand("nvidia-driver-daemonset", container({ name: "nvidia-driver-ctr", running: true }))],
      nodes: [node("gpu-0", 0), node("gpu-1", 8)],
    },
    EIGHT,
    "ClusterPolicy cluster-policy is notReady: ClusterPolicy is not ready, states not ready: [state-driver]",
    "nvidia-driver-daemonset is ready on 0 of 2 nodes: pod nvidia-driver-daemonset-x on gpu-0: driver compiling: nvidia-driver-ctr runs and is not through with building and loading the kernel modules",
    "node gpu-0 advertises 0 of 8 nvidia.com/gpu",
  ],
  [
    "a policy that is ready because it finds nothing",
    {
      ...HEALTHY,
      policies: [readyFor("NoGPUNodes")],
      nodes: [node("gpu-0", 0, { labels: { group: "gpu" } }), node("gpu-1", 8)],
    },
    EIGHT,
    `missing NFD label: ClusterPolicy cluster-policy is ready for nothing, because no node has the label ${PCI_LABEL}=true`,
    `node gpu-0 advertises 0 of 8 nvidia.com/gpu; missing NFD label: it has no ${PCI_LABEL}=true, so Node Feature Discovery has not seen an NVIDIA device there`,
  ],
  [
    "no label of Node Feature Discovery anywhere",
    { ...HEALTHY, policies: [readyFor("NFDLabelsMissing")] },
    EIGHT,
    "missing NFD label: ClusterPolicy cluster-policy is ready for nothing, because no node has labels of Node Feature Discovery",
  ],
  ["a node too few", { ...HEALTHY, nodes: [node("gpu-0", 8)] }, EIGHT, "1 of 2 GPU nodes are there"],
  [
    "a node that is down, and one with shares that nobody asked for",
    { ...HEALTHY, nodes: [node("gpu-0", 8, { ready: false }), node("gpu-1", 16)] },
    EIGHT,
    "node gpu-0 is not Ready",
    "node gpu-1 advertises 16 of 8 nvidia.com/gpu",
  ],
  [
    "no node with a GPU on somebody's cluster",
    { operands: [], nodes: [node("cpu-0", 0, { labels: {} })] },
    ANY,
    `no node is known to have an NVIDIA device (label ${PCI_LABEL}=true) or advertises nvidia.com/gpu`,
  ],
  [
    "an operator of somebody else that is not ready",
    { policies: [notReady("x")], operands: [], nodes: BOTH },
    ANY,
    "ClusterPolicy cluster-policy is notReady: x",
  ],
  [
    "no nodes at this hour",
    { ...HEALTHY, policies: [readyFor("NoGPUNodes")], nodes: [] },
    { ...EIGHT, nodes: [{ ...GROUP, minimum: 0 }] },
  ],
];

describe("readiness of GPUs", () => {
  for (const [name, state, expectation, ...reasons] of TABLE) {
    it(`${reasons.length === 0 ? "is given with" : "is refused with"} ${name}`, () => {
      assert.deepEqual(judge(state, expectation).reasons, reasons);
    });
  }

  it("is waited for, told as it changes, and given up in time with everything that is missing", async () => {
    const told: string[] = [];
    let looks = 0;
    let now = 0;
    const states = [
      { ...HEALTHY, policies: [] },
      { ...HEALTHY, nodes: [node("gpu-0", 8), node("gpu-1", 0)] },
    ];
    const wait = waitForGpus(() => Promise.resolve(states[Math.min(looks++, 1)] as GpuState), EIGHT, {
      timeoutSeconds: 10,
      report: (message) => told.push(message),
      pause: () => Promise.resolve((now += 2000)),
      now: () => now,
    });
    await assert.rejects(wait, {
      message:
        "GPUs are not ready after 10 s:\n  - node gpu-1 advertises 0 of 8 nvidia.com/gpu\n" +
        "docs/gpu.md says what each of these means and what to do.",
    });
    assert.equal(looks, 6);
    assert.deepEqual(told, [
      "waiting for GPUs: there is no ClusterPolicy",
      "waiting for GPUs: node gpu-1 advertises 0 of 8 nvidia.com/gpu",
    ]);
  });

  it("is looked for once where somebody else has to have seen to it", async () => {
    const read = () => Promise.resolve({ operands: [], nodes: [] });
    await assert.rejects(
      waitForGpus(read, ANY, { timeoutSeconds: 0, report: () => assert.fail() }),
      /^Error: GPUs are not ready:\n {2}- no node is known to have an NVIDIA device/,
    );
  });

  it("is tested on each product where nodes were found, and once where they are named", () => {
    const labelled = (name: string, product?: string) =>
      node(name, 8, {
        labels: {
          "kubernetes.io/hostname": name,
          ...(product === undefined ? {} : { "nvidia.com/gpu.product": product }),
        },
      });
    const found = [[labelled("a", "L4"), labelled("b", "H200"), labelled("c", "L4"), labelled("d")]];
    assert.deepEqual(smokeTargets({ name: "GPU nodes", minimum: 1 }, 0, { reasons: [], found }), [
      { jobName: "gpu-smoke-test-0-0", nodeSelector: { "nvidia.com/gpu.product": "H200" } },
      { jobName: "gpu-smoke-test-0-1", nodeSelector: { "nvidia.com/gpu.product": "L4" } },
      { jobName: "gpu-smoke-test-0-2", nodeSelector: { "kubernetes.io/hostname": "d" } },
    ]);
    assert.deepEqual(smokeTargets(GROUP, 1, { reasons: [], found: [[], found[0] ?? []] }), [
      { jobName: "gpu-smoke-test-1", nodeSelector: { group: "gpu" } },
    ]);
  });
});

describe("an operand that is not ready", () => {
  const pull = { reason: "ImagePullBackOff", message: 'Back-off pulling image "x"' };
  const CASES: [name: string, container: ContainerState, reason: RegExp][] = [
    [
      "cannot pull its image",
      container({ waiting: pull }),
      /image pull of ctr fails \(ImagePullBackOff\): Back-off pulling/,
    ],
    [
      "crashes",
      container({ waiting: { reason: "CrashLoopBackOff" }, terminated: { exitCode: 1, message: "a\nno device\n" } }),
      /ctr crashes with exit code 1 \(no device\)/,
    ],
    [
      "is not configured",
      container({ waiting: { reason: "CreateContainerConfigError", message: "no secret" } }),
      /ctr does not start .*: no secret/,
    ],
    ["has ended", container({ terminated: { exitCode: 2 } }), /ctr ended with exit code 2$/],
    ["runs, not ready", container({ running: true }), /ctr runs and is not ready/],
    ["is being started", container({ waiting: { reason: "ContainerCreating" } }), /is being started/],
    [
      "waits for another",
      container({ name: "toolkit-validation", init: true, running: true }),
      /waits in its init container toolkit-validation/,
    ],
  ];
  for (const [name, one, reason] of CASES) {
    it(`says that it ${name}`, () =>
      assert.match(operandReasons([operand("gpu-feature-discovery", one)])[0] ?? "", reason));
  }

  it("says that no node takes its pod", () => {
    const pods = [{ name: "p", ready: false, unschedulable: "0/4 nodes are available", containers: [] }];
    assert.match(operandReasons([{ name: "x", desired: 1, ready: 0, pods }])[0] ?? "", /pod p: no node takes it: 0\/4/);
  });

  it("comes first when it has a reason of its own, before those that wait for it", () => {
    const waiting = container({ name: "toolkit-validation", init: true, running: true });
    const names = operandReasons([
      operand("gpu-feature-discovery", waiting),
      operand("nvidia-operator-validator", waiting),
      operand("nvidia-dcgm-exporter", container({ waiting: pull })),
      { name: "fine", desired: 1, ready: 1, pods: [] },
    ]).map((reason) => reason.split(" ")[0]);
    assert.deepEqual(names, ["nvidia-dcgm-exporter", "nvidia-operator-validator", "gpu-feature-discovery"]);
  });
});
