import * as assert from "node:assert/strict";
import { catalog } from "../../fakes/olm/catalog";
import {
  clusterServiceVersion,
  faultPhase,
  groupProblem,
  installPlan,
  type Resolution,
  resolve,
  type Subscription,
} from "../../fakes/olm/objects";

const PACKAGES = catalog();
const GPU = PACKAGES.find(({ name }) => name === "gpu-operator-certified") ?? assert.fail();
const NEWEST = "gpu-operator-certified.v26.3.3";

const subscription = (spec: object = {}, status?: object): Subscription => ({
  metadata: { name: GPU.name, namespace: "nvidia-gpu-operator", uid: "u" },
  spec: {
    name: GPU.name,
    channel: "stable",
    source: "certified-operators",
    sourceNamespace: "openshift-marketplace",
    ...spec,
  },
  ...(status === undefined ? {} : { status }),
});
const failure = (resolution: Resolution): string =>
  resolution !== undefined && "failure" in resolution ? (resolution.failure.message ?? "") : assert.fail("it resolves");
const group = (targetNamespaces?: string[]) => ({
  metadata: { name: "g", namespace: "n" },
  ...(targetNamespaces === undefined ? {} : { spec: { targetNamespaces } }),
});

describe("the resolver of the fake OLM", () => {
  it("resolves to startingCSV first, then to the channel's newest version", () => {
    const startingCSV = "gpu-operator-certified.v26.3.2";
    assert.deepEqual(resolve(subscription(), PACKAGES, 1), { version: NEWEST });
    assert.deepEqual(resolve(subscription({ startingCSV }), PACKAGES, 1), { version: startingCSV });
    const second = subscription({ startingCSV }, { currentCSV: startingCSV });
    assert.deepEqual(resolve(second, PACKAGES, 1), { version: NEWEST });
    assert.equal(resolve(subscription({}, { currentCSV: NEWEST }), PACKAGES, 1), undefined);
  });

  it("reports a catalog, package, channel or version that does not exist", () => {
    const says = (spec: object, expected: RegExp): void =>
      assert.match(failure(resolve(subscription(spec), PACKAGES, 1)), expected);
    says({ source: "community-operators" }, /no operators found from catalog community-operators in namespace/);
    says({ name: "gpu-operator" }, /no operators found in package gpu-operator in the catalog/);
    says({ channel: "v1.0" }, /no operators found in channel v1\.0 of package/);
    says(
      { startingCSV: "gpu-operator-certified.v1.0.0" },
      /no operators found with name gpu-operator-certified\.v1\.0\.0/,
    );
  });

  it("does nothing in a namespace without exactly one OperatorGroup", () => {
    assert.equal(resolve(subscription(), PACKAGES, 0), undefined);
    assert.equal(resolve(subscription(), PACKAGES, 2), undefined);
  });

  it("approves an InstallPlan itself only when approval is Automatic", () => {
    const approved = (approval: string): unknown =>
      (installPlan(subscription({ installPlanApproval: approval }), NEWEST, 1) as { spec: { approved: boolean } }).spec
        .approved;
    assert.deepEqual([approved("Automatic"), approved("Manual")], [true, false]);
  });
});

describe("a version that the fake OLM installs", () => {
  it("fails in a namespace whose OperatorGroups it does not support", () => {
    assert.equal(groupProblem("n", [group(["n"])], GPU), undefined);
    assert.equal(groupProblem("n", [group(["other"])], GPU), undefined);
    assert.equal(groupProblem("n", [], GPU)?.reason, "NoOperatorGroup");
    assert.equal(groupProblem("n", [group(["n"]), group(["n"])], GPU)?.reason, "TooManyOperatorGroups");
    assert.equal(groupProblem("n", [group()], GPU)?.reason, "UnsupportedOperatorGroup");
    assert.equal(groupProblem("n", [group(["a", "b"])], GPU)?.reason, "UnsupportedOperatorGroup");
  });

  it("has a name and version, and takes its failed phase from a fault", () => {
    const { spec } = clusterServiceVersion(NEWEST, GPU) as { spec: { version: string; displayName: string } };
    assert.deepEqual([spec.version, spec.displayName], ["26.3.3", "NVIDIA GPU Operator"]);
    assert.deepEqual(faultPhase("ComponentUnhealthy: it crashes"), {
      phase: "Failed",
      reason: "ComponentUnhealthy",
      message: "it crashes",
    });
  });

  it("installs its CRDs", () => {
    const names = PACKAGES.flatMap((one) => one.definitions()).map(({ metadata }) => metadata?.name);
    assert.deepEqual(names, [
      "clusterpolicies.nvidia.com",
      "nvidiadrivers.nvidia.com",
      "nodefeaturediscoveries.nfd.openshift.io",
    ]);
  });
});
