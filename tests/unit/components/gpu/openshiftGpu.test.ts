import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { clusterPolicySpec, type OpenshiftPolicySettings } from "../../../../components/gpu/clusterPolicy";
import { sharingConfig } from "../../../../components/gpu/gpuOperatorValues";
import { rhcosLabels } from "../../../../components/gpu/nodeLabels";
import { judgeOlm, type OlmState, type OlmVerdict, type WantedVersion } from "../../../../components/gpu/olmState";
import { waitForOlm } from "../../../../components/gpu/waitForOlm";
import { LANES } from "../../../../stacks/versions";
import { skip } from "../../../support/skip";
import { hasPath, leaves, REFERENCE_CHARTS } from "../../../support/charts";
import { at } from "../../../support/components";

const CSV = "gpu-operator-certified.v26.3.3";
const AUTOMATIC: WantedVersion = { package: "gpu-operator-certified", manual: false };
const MANUAL: WantedVersion = { ...AUTOMATIC, manual: true, version: CSV };
const EMPTY: OlmState = { subscription: { conditions: [] }, versions: [], plans: [] };
const plan = (versions: string[], changes: object = {}) => ({
  name: "install-abc",
  approved: false,
  phase: "RequiresApproval",
  versions,
  conditions: [],
  ...changes,
});
const running = (phase: string, changes: object = {}): OlmState => ({
  ...EMPTY,
  subscription: { installed: CSV, conditions: [] },
  versions: [{ name: CSV, phase, ...changes }],
});
const waiting = (reason: string): OlmVerdict => ({ kind: "waiting", reason });
const failed = (reason: string): OlmVerdict => ({ kind: "failed", reason });

/** What OLM says, which version is wanted, and what comes of it. */
const TABLE: [name: string, state: OlmState, wanted: WantedVersion, verdict: OlmVerdict][] = [
  ["nothing", { versions: [], plans: [] }, AUTOMATIC, waiting("there is no Subscription gpu-operator-certified")],
  [
    "a new Subscription",
    EMPTY,
    AUTOMATIC,
    waiting("Subscription gpu-operator-certified has no version yet: OLM is looking through the catalog"),
  ],
  ["a version on its way", running("Installing"), AUTOMATIC, waiting(`ClusterServiceVersion ${CSV} is Installing`)],
  ["a version that runs", running("Succeeded"), AUTOMATIC, { kind: "ready", version: CSV }],
  ["the wanted version", running("Succeeded"), MANUAL, { kind: "ready", version: CSV }],
  [
    "a plan for the wanted version",
    { ...EMPTY, plans: [plan([CSV])] },
    MANUAL,
    { kind: "approve", plan: "install-abc" },
  ],
  [
    "a plan for another version",
    { ...EMPTY, plans: [plan(["gpu-operator-certified.v26.7.0"])] },
    MANUAL,
    waiting(`InstallPlan install-abc is for gpu-operator-certified.v26.7.0, and only ${CSV} is approved`),
  ],
  [
    "a version that fails",
    running("Failed", { reason: "ComponentUnhealthy", message: "deployment gpu-operator not ready" }),
    AUTOMATIC,
    failed(`ClusterServiceVersion ${CSV} is Failed (ComponentUnhealthy: deployment gpu-operator not ready)`),
  ],
  [
    "a channel that is not there",
    {
      ...EMPTY,
      subscription: {
        conditions: [
          {
            type: "ResolutionFailed",
            status: "True",
            reason: "ConstraintsNotSatisfiable",
            message: "no operators found",
          },
        ],
      },
    },
    AUTOMATIC,
    failed("Subscription gpu-operator-certified: ResolutionFailed (ConstraintsNotSatisfiable: no operators found)"),
  ],
  [
    "a plan that fails",
    {
      ...EMPTY,
      plans: [
        plan([CSV], {
          approved: true,
          phase: "Failed",
          conditions: [{ type: "Installed", status: "False", reason: "x" }],
        }),
      ],
    },
    AUTOMATIC,
    failed("InstallPlan install-abc is Failed (x)"),
  ],
];

describe("an operator from OLM", () => {
  for (const [name, state, wanted, verdict] of TABLE) {
    it(`is judged with ${name}`, () => assert.deepEqual(judgeOlm(state, wanted), verdict));
  }

  const wait = async (states: OlmState[], wanted: WantedVersion) => {
    let now = 0;
    const approved: string[] = [];
    const client = {
      readOperator: () => Promise.resolve((states.length > 1 ? states.shift() : states[0]) as OlmState),
      approve: (_: string, name: string) => Promise.resolve(void approved.push(name)),
    };
    const options = {
      timeoutSeconds: 600,
      report: () => undefined,
      now: () => now,
      pause: () => Promise.resolve((now += 5000)),
    };
    const error = await waitForOlm(client, "nvidia-gpu-operator", wanted, options).then(
      () => undefined,
      (caught: unknown) => (caught as Error).message,
    );
    return { approved, error, seconds: now / 1000 };
  };

  it("is approved once, and waited for", async () => {
    const { approved, error } = await wait(
      [{ ...EMPTY, plans: [plan([CSV])] }, running("Installing"), running("Succeeded")],
      MANUAL,
    );
    assert.deepEqual([approved, error], [["install-abc"], undefined]);
  });

  it("is given up when it stays failed, long before the time is over, and not when OLM mends it", async () => {
    const { error, seconds } = await wait([running("Failed", { reason: "InstallCheckFailed" })], AUTOMATIC);
    assert.equal(seconds, 60);
    assert.equal(
      error,
      `The operator gpu-operator-certified in nvidia-gpu-operator is not installed after 60 s: ClusterServiceVersion ${CSV} is Failed (InstallCheckFailed)`,
    );
    assert.equal(
      (await wait([running("Failed"), running("Installing"), running("Succeeded")], AUTOMATIC)).error,
      undefined,
    );
    assert.equal((await wait([EMPTY], AUTOMATIC)).seconds, 600);
  });
});

const SETTINGS: OpenshiftPolicySettings = {
  driver: true,
  toolkit: true,
  mig: { strategy: "none" },
  values: {},
  driverToolkit: true,
};

describe("the ClusterPolicy on OpenShift", () => {
  it("has what the design's source asks for", () => {
    const spec = clusterPolicySpec(SETTINGS);
    assert.deepEqual(at(spec, "operator"), {
      defaultRuntime: "crio",
      runtimeClass: "nvidia",
      use_ocp_driver_toolkit: true,
    });
    const openModules = { useOpenKernelModules: false, kernelModuleType: "proprietary" };
    assert.deepEqual(at(spec, "driver"), { enabled: true, rdma: { enabled: false }, ...openModules });
    for (const operand of ["toolkit", "devicePlugin", "dcgm", "dcgmExporter", "gfd", "nodeStatusExporter"]) {
      assert.deepEqual(at(spec, operand), { enabled: true }, operand);
    }
    assert.deepEqual(at(spec, "daemonsets"), {
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
      updateStrategy: "RollingUpdate",
    });
  });

  it("sets nothing that the real definition does not know", function () {
    const folder = `gpu-operator-${LANES["istio-1.27"].charts["gpu-operator"].version}`;
    const file = path.join(REFERENCE_CHARTS, folder, "nvidia.com_clusterpolicies.yaml");
    if (!fs.existsSync(file)) skip(this, `there is no copy of the definition (${folder})`);
    const definition = at(
      parse(fs.readFileSync(file, "utf8")),
      "spec",
      "versions",
      0,
      "schema",
      "openAPIV3Schema",
      "properties",
      "spec",
    );
    const settings: OpenshiftPolicySettings = { ...SETTINGS, mig: { strategy: "single", layout: "all-1g.5gb" } };
    const sharing = sharingConfig({ replicas: 2, failRequestsGreaterThanOne: true });
    const unknown = leaves(clusterPolicySpec(settings, sharing)).filter(
      (keys) =>
        !hasPath(
          definition,
          keys.flatMap((key) => ["properties", key]),
        ),
    );
    assert.deepEqual(unknown, []);
  });
});

describe("labels of RHCOS nodes", () => {
  it("are read from the node", () => {
    const image = "Red Hat Enterprise Linux CoreOS 416.94.202406172220-0 (Plow)";
    assert.deepEqual(rhcosLabels("a", "5.14.0-427.22.1.el9_4.x86_64", image), {
      "feature.node.kubernetes.io/pci-10de.present": "true",
      "feature.node.kubernetes.io/kernel-version.full": "5.14.0-427.22.1.el9_4.x86_64",
      "feature.node.kubernetes.io/system-os_release.OSTREE_VERSION": "416.94.202406172220-0",
    });
  });

  it("are refused for a node of another system", () => {
    assert.throws(
      () => rhcosLabels("a", "6.1", "Amazon Linux 2023"),
      /node a runs "Amazon Linux 2023", which names no version/,
    );
  });
});
