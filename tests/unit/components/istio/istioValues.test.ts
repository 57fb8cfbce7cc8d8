import * as assert from "node:assert/strict";
import { baseValues, ISTIO_CRDS, istiodValues } from "../../../../components/istio/istioValues";
import { at } from "../../../support/components";

const values = (changes: Record<string, unknown> = {}, replicas = 1) =>
  istiodValues({
    pilot: { replicas, resources: { cpu: "500m", memory: "2Gi" } },
    images: { pilot: "registry.example.com/pilot:1.27.9", proxyv2: "registry.example.com/proxyv2:1.27.9" },
    values: changes,
  });

const SWITCH = "ENABLE_GATEWAY_API_INFERENCE_EXTENSION";

describe("values of the istiod chart", () => {
  it("switches inference pools on, whatever the user's values say", () => {
    assert.equal(at(values(), "pilot", "env", SWITCH), "true");
    assert.deepEqual(at(values({ pilot: { env: { [SWITCH]: "false", OTHER: "1" } } }), "pilot", "env"), {
      [SWITCH]: "true",
      OTHER: "1",
    });
  });

  it("keeps istiod out of other namespaces", () => {
    assert.deepEqual(at(values(), "meshConfig", "discoverySelectors"), [
      { matchLabels: { "istio-discovery": "enabled" } },
    ]);
  });

  it("merges the user's values over its own", () => {
    const merged = values({ meshConfig: { enableAutoMtls: false }, pilot: { nodeSelector: { a: "b" } } });
    assert.equal(at(merged, "meshConfig", "enableAutoMtls"), false);
    assert.ok(at(merged, "meshConfig", "discoverySelectors"));
    assert.equal(at(merged, "pilot", "replicaCount"), 1);
  });

  it("guards against disruption only where there is a second replica", () => {
    const budget = (replicas: number) =>
      at(values({}, replicas), "global", "defaultPodDisruptionBudget", "enabled") as boolean;
    assert.deepEqual([budget(1), budget(2)], [false, true]);
  });
});

describe("values of the base chart", () => {
  it("leaves out every CRD, which a bundle brings", () => {
    assert.deepEqual(at(baseValues(), "base", "excludedCRDs"), [...ISTIO_CRDS]);
  });
});
