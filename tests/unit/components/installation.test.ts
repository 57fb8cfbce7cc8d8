import * as assert from "node:assert/strict";
import { crdBundle } from "../../../components/crds/crdBundle";
import { helmRelease } from "../../../components/charts/release";
import { OwnedNamespace } from "../../../components/cluster/ownedNamespace";
import { Installation } from "../../../components/installation";
import { crd, installation, make } from "../../support/components";

const CHARTS = { keda: { chart: "keda", version: "1.0.0" } };
const RELEASE = { chart: "keda", namespace: "keda", values: {}, timeoutSeconds: 60 };

/** Makes two of each guarded kind. */
function build(target: Installation, prefix = ""): void {
  for (const name of [`${prefix}a`, `${prefix}b`]) {
    new OwnedNamespace(name, { installation: target, name });
    crdBundle({ installation: target, crds: [crd(`${name}.example.com`)] }, {});
    helmRelease(name, { ...RELEASE, installation: target, releaseName: name }, {});
  }
}

const GUARDS = ["namespace-guard", "release-recovery-before-create", "release-recovery-before-update"] as const;

describe("the guards of an installation", () => {
  it("register each hook once, under the name that the state of an older environment has", async () => {
    const hooks: string[] = [];
    await make(() => build(installation(CHARTS)), { hooks });
    assert.deepEqual(hooks.sort(), GUARDS);
  });

  it("have other names for a second cluster of the same stack", async () => {
    const hooks: string[] = [];
    await make(
      () => {
        build(installation(CHARTS));
        build(installation(CHARTS, "second"), "second-");
      },
      { hooks },
    );
    assert.deepEqual(hooks.sort(), [...GUARDS, ...GUARDS.map((guard) => `second-${guard}`)]);
  });

  it("leave a release without recovery only where the program has no kubeconfig", async () => {
    const hooks: string[] = [];
    const unreachable = new Installation({
      owner: "llm-d/test",
      sources: { charts: CHARTS, crds: {} },
      connect: undefined,
    });
    const made = await make(() => helmRelease("a", { ...RELEASE, installation: unreachable, releaseName: "a" }, {}), {
      hooks,
    });
    assert.ok(made.some(({ type }) => type === "kubernetes:helm.sh/v3:Release"));
    assert.deepEqual(hooks, []);
    await assert.rejects(unreachable.connect(), /no kubeconfig/);
  });
});
