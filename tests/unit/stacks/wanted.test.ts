import * as assert from "node:assert/strict";
import { installedBundles, wantedInCluster } from "../../../stacks/wanted";
import { schemaTree } from "../../../stacks/config";
import { manifest } from "../../support/clusterFacts";
import { parse } from "../../support/configurations";

const BUNDLES = {
  "gateway-api": [manifest("gateways.gateway.networking.k8s.io", ["v1"])],
  "inference-extension": [manifest("inferencepools.inference.networking.x-k8s.io", ["v1alpha2"])],
  "istio-crds": [manifest("virtualservices.networking.istio.io", ["v1"])],
};
const KUBERNETES = { kubeconfig: "/etc/cluster/kubeconfig", context: "cluster" };
const ADOPT = parse({ kubernetes: { ...KUBERNETES, crds: { gatewayApi: "adopt" } } });

describe("what an environment needs from an existing cluster", () => {
  it("includes the installation of every CRD bundle by default", () => {
    const { bundles, namespaces, owner } = wantedInCluster(parse(), BUNDLES, "llm-d/test", []);
    assert.deepEqual(
      bundles.map(({ title, choice }) => [title, choice]),
      [
        ["Gateway API", "install"],
        ["Gateway API Inference Extension", "install"],
        ["Istio", "install"],
      ],
    );
    assert.deepEqual(installedBundles(parse(), BUNDLES), BUNDLES);
    assert.deepEqual(namespaces["llm-d"], "namespace");
    assert.equal(owner, "llm-d/test");
  });

  it("includes no installation of an adopted bundle", () => {
    assert.deepEqual(installedBundles(ADOPT, BUNDLES), { ...BUNDLES, "gateway-api": [] });
    const [gatewayApi, inference] = wantedInCluster(ADOPT, BUNDLES, "llm-d/test", []).bundles;
    assert.equal(gatewayApi?.choice, "adopt");
    assert.equal(inference?.choice, "install");
  });

  it("includes monitoring only in mode bring-your-own", () => {
    const expected = (bringYourOwn: Record<string, unknown>) =>
      wantedInCluster(parse({ monitoring: { mode: "bring-your-own", bringYourOwn } }), BUNDLES, "llm-d/test", [])
        .monitoring;
    assert.equal(wantedInCluster(parse(), BUNDLES, "llm-d/test", []).monitoring, undefined);
    assert.deepEqual(expected({}), { operator: true });
    assert.deepEqual(expected({ operator: false, namespace: "prom" }), { operator: false, namespace: "prom" });
  });

  it("refers only to existing settings", () => {
    for (const { setting } of wantedInCluster(ADOPT, BUNDLES, "llm-d/test", []).bundles) {
      if (setting === undefined) continue;
      const found = setting
        .split(".")
        .reduce<typeof schemaTree | undefined>((node, key) => node?.properties?.[key], schemaTree);
      assert.deepEqual(found?.enum, ["install", "adopt"], setting);
    }
  });
});
