import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { ClusterStack } from "../../support/clusterStack";
import { eventually } from "../../support/environment";
import { GpuProgram, OLM, PATIENCE_SECONDS, removeFaults, setFaults } from "../../support/gpuWays";
import { nothingLeft, settledInventory } from "../../support/inventory";
import { isOfOlmsDefinitions } from "./openshift";
import type { Site } from "./site";

/** An environment with a preinstalled GPU operator. */
const OTHERS = { "gpu.operator": "preinstalled", "gpu.gpusPerNode": "8" };

/** Every way in which GPUs become ready or fail with the operator from OpenShift's catalog. */
export function openshiftGpus(site: () => Site): void {
  let stack: ClusterStack;
  let others: ClusterStack;
  let gpus: GpuProgram;
  let before_: Set<string>;
  before(async () => {
    if (!site().openshift.isStarted) await site().openshift.start("4.18.3");
    gpus = new GpuProgram(site().environment);
    stack = await ClusterStack.open("gpu", "Pulumi.openshift.yaml", site().environment, {}, gpus.run);
    before_ = await settledInventory(site().environment.kubeconfig);
  });
  after(() => {
    stack?.remove();
    others?.remove();
  });

  /**
   * Runs ups until one is refused for all these reasons. On a busy machine an up may time out in an earlier step, and its
   * message is then about that step. The next up continues from there with twice the time.
   */
  const isRefusedFor = async (...expected: readonly RegExp[]): Promise<void> => {
    for (gpus.patienceSeconds = PATIENCE_SECONDS; ; gpus.patienceSeconds *= 2) {
      const text = await stack.refusal("up");
      const missing = expected.find((one) => !one.test(text));
      if (missing === undefined) return;
      if (gpus.patienceSeconds > 100) assert.match(text, missing);
    }
  };

  it("make an up fail with the name of a channel that the catalog does not have", async () => {
    gpus.olm = { ...OLM, channel: "v1.0" };
    await isRefusedFor(
      /gpu-operator-certified in nvidia-gpu-operator is not installed after \d+ s: Subscription gpu-operator-certified: ResolutionFailed \(ConstraintsNotSatisfiable: .*no operators found in channel v1\.0/,
    );
    gpus.olm = OLM;
  });

  it("make an up fail with the reason why a ClusterServiceVersion failed", async () => {
    await setFaults(site().environment, { "csv.gpu-operator-certified": "InstallCheckFailed: install timeout" });
    await isRefusedFor(
      /is not installed after \d+ s: ClusterServiceVersion gpu-operator-certified\.v26\.3\.3 is Failed \(InstallCheckFailed: install timeout\)/,
    );
  });

  it("make an up fail with the message that the driver is compiling while the ClusterPolicy is notReady", async () => {
    await setFaults(site().environment, { "operand.nvidia-driver-daemonset": "running" });
    await isRefusedFor(
      /GPUs are not ready after \d+ s:/,
      /ClusterPolicy gpu-cluster-policy is notReady: .*states not ready: \[state-driver /,
      /nvidia-driver-daemonset is ready on 0 of 2 nodes: pod .* on gpu-\d: driver compiling/,
      /node gpu-0 advertises 0 of 8 nvidia\.com\/gpu/,
    );
  });

  /** Sets faults, and checks until the message contains all of this. */
  const says = async (faults: Readonly<Record<string, string>>, ...expected: readonly RegExp[]): Promise<void> => {
    await setFaults(site().environment, faults);
    await eventually(
      expected.join(" and "),
      180_000,
      () => gpus.lookOnce(),
      (message) => expected.every((one) => one.test(message)),
    );
  };

  it("are not ready while an image cannot be pulled, and the message names it and the waiting pods", async () => {
    await says(
      { "operand.nvidia-driver-daemonset": "ImagePullBackOff: Back-off pulling image nvcr.io/nvidia/driver:580" },
      /image pull of nvidia-driver-ctr fails \(ImagePullBackOff\): Back-off pulling image nvcr\.io\/nvidia\/driver:580/,
      /nvidia-device-plugin-daemonset is ready on 0 of 2 nodes: pod .* waits in its init container/,
    );
  });

  it("are ready once the operator and the ClusterPolicy are, and a pod gets a working GPU", async () => {
    await setFaults(site().environment, {});
    gpus.patienceSeconds = 300;
    // The up runs nvidia-smi on a GPU of each kind of node, and fails when it shows another GPU.
    await stack.up();
    assert.deepEqual((await stack.preview()).changed, []);
  });

  it("of a preinstalled operator are accepted after a check, and no operator is installed", async () => {
    const verified = new GpuProgram(site().environment);
    verified.olm = undefined;
    const record = await ClusterStack.open("verified", "Pulumi.openshift.yaml", site().environment, {}, verified.run);
    try {
      await record.up();
      await record.destroy();
    } finally {
      record.remove();
    }
    others = await ClusterStack.open("others", "Pulumi.existing.yaml.example", site().environment, OTHERS);
    const { urns } = await others.preview();
    assert.ok(urns.some((urn) => urn.endsWith("::gpu-readiness")));
    assert.deepEqual(
      urns.filter((urn) => /gpu-operator|ClusterPolicy/.test(urn)),
      [],
    );
  });

  it("of a preinstalled operator are refused at once when a node advertises none", async () => {
    await says({ "node.gpu-0": "no-gpus" }, /node gpu-0 advertises 0 of 8 nvidia\.com\/gpu$/m);
    assert.match(
      await others.refusal(),
      /gpu.operator is preinstalled, but the GPUs are not ready: .*node gpu-0 advertises 0 of 8 nvidia\.com\/gpu.*\n +Set llm-d:gpu\.operator to helm/,
    );
    assert.ok(await others.isEmpty());
  });

  it("are not ready when Node Feature Discovery finds no device, and the message names the label", async () => {
    await says(
      { "node.gpu-0": "no-device", "node.gpu-1": "no-device" },
      /missing NFD label: ClusterPolicy gpu-cluster-policy is ready for nothing, because no node has the label feature\.node\.kubernetes\.io\/pci-10de\.present=true/,
    );
    await setFaults(site().environment, {});
  });

  /** Waits until no node has labels of Node Feature Discovery. */
  const unlabelled = async (): Promise<void> => {
    const core = site().environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
    const labels = async (): Promise<string[]> =>
      (await core.listNode()).items.flatMap(({ metadata }) => Object.keys(metadata?.labels ?? {}));
    await eventually("nodes without labels of Node Feature Discovery", 180_000, labels, (found) =>
      found.every((label) => !label.startsWith("feature.node.kubernetes.io/")),
    );
  };

  it("leave no ClusterServiceVersion, no finalizer and no node label after a destroy", async () => {
    await stack.destroy();
    await unlabelled();
    await removeFaults(site().environment);
    await nothingLeft(site().environment.kubeconfig, before_, isOfOlmsDefinitions);
  });

  it("are ready with one manually approved version, on nodes that the program labels", async () => {
    const core = site().environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
    const nodeInfo = {
      osImage: "Red Hat Enterprise Linux CoreOS 418.94.202501081807-0",
      kernelVersion: "5.14.0-427.49.1.el9_4.x86_64",
    };
    const merge = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);
    for (const name of ["gpu-0", "gpu-1"]) await core.patchNodeStatus({ name, body: { status: { nodeInfo } } }, merge);
    const startingCSV = "gpu-operator-certified.v26.3.2";
    gpus.olm = { ...OLM, approval: "Manual", startingCSV, nfd: "labels", nodes: ["gpu-0", "gpu-1"] };
    await stack.up();
    const { metadata } = await core.readNode({ name: "gpu-0" });
    assert.equal(
      metadata?.labels?.["feature.node.kubernetes.io/system-os_release.OSTREE_VERSION"],
      "418.94.202501081807-0",
    );
    assert.equal(metadata.labels["feature.node.kubernetes.io/kernel-version.full"], nodeInfo.kernelVersion);
    assert.deepEqual(await site().openshift.versions("nvidia-gpu-operator"), [startingCSV]);
    assert.deepEqual((await stack.preview()).changed, []);
    await stack.destroy();
    await unlabelled();
  });
}
