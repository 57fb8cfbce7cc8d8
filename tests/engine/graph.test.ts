import * as assert from "node:assert/strict";
import type { TestEnvironment } from "../support/environment";
import { HUGGING_FACE_TOKEN } from "../support/environment";
import { label, prerequisites, previewJson, type Preview, type PreviewedResource } from "../support/preview";
import { sharedEnvironment } from "../support/shared";

const CRD = "llmd-crds:index:CustomResourceDefinition";
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

describe("the graph of the local stack, in a preview with the CLI", function () {
  this.timeout(900_000);
  let environment: TestEnvironment;
  let preview: Preview;
  before(async () => {
    environment = await sharedEnvironment();
    preview = await previewJson(environment);
  });

  const find = (wanted: string): PreviewedResource => {
    const found = preview.resources.filter((resource) => resource.custom === true && label(resource) === wanted);
    assert.equal(found.length, 1, `resources called "${wanted}": ${found.length}`);
    return found[0] as PreviewedResource;
  };
  const crdsOf = (group: RegExp): PreviewedResource[] =>
    preview.resources.filter(
      ({ type, inputs }) => type === CRD && group.test(String(inputs?.["name"]).replace(/^[^.]+\./, "")),
    );

  /** Each dependency: the resource that comes first, and the one that must wait for it. */
  const ARROWS: readonly [string, string][] = [
    ["Namespace istio-system", "Release istio-base"],
    ["Release istio-base", "Release istiod"],
    ["Release istiod", "Gateway llm-d-infra-inference-gateway"],
    ["Namespace llm-d", "Gateway llm-d-infra-inference-gateway"],
    ["Gateway llm-d-infra-inference-gateway", "Release llm-d-gaie"],
    ["Release llm-d-gaie", "HTTPRoute llm-d-inference-route"],
    ["Namespace llm-d", "Secret llm-d-hf-token"],
    ["Secret llm-d-hf-token", "Release ms"],
    ["Namespace llm-d-monitoring", "Release kube-prometheus-stack"],
    ["Secret kube-prometheus-stack-grafana-admin", "Release kube-prometheus-stack"],
    ["Secret monitoring-metrics-reader-token", "PodMonitor llm-d-endpoint-pickers"],
  ];
  for (const [first, then] of ARROWS) {
    it(`creates "${first}" before "${then}"`, () => {
      assert.ok(prerequisites(find(then), preview.resources).has(find(first).urn));
    });
  }

  const CRD_GROUPS: readonly [string, RegExp, number][] = [
    ["Gateway API", /^gateway\.networking\.k8s\.io$/, 5],
    ["Inference Extension", /^inference\.networking\./, 5],
    ["Istio", /\.istio\.io$/, 14],
  ];
  for (const [name, group, count] of CRD_GROUPS) {
    it(`creates each CRD of ${name} before istiod, and so deletes it after istiod`, () => {
      const crds = crdsOf(group);
      assert.equal(crds.length, count);
      const before = prerequisites(find("Release istiod"), preview.resources);
      assert.deepEqual(crds.filter((crd) => !before.has(crd.urn)).map(label), []);
    });
  }

  for (const then of ["Release kube-prometheus-stack", "PodMonitor llm-d-istiod", "PrometheusRule monitoring-rules"]) {
    it(`creates each CRD of the Prometheus Operator before "${then}"`, () => {
      const crds = crdsOf(/^monitoring\.coreos\.com$/);
      assert.equal(crds.length, 10);
      const before = prerequisites(find(then), preview.resources);
      assert.deepEqual(crds.filter((crd) => !before.has(crd.urn)).map(label), []);
    });
  }

  it("runs independent branches in parallel: the model and the gateway do not wait for each other", () => {
    const model = prerequisites(find("Release ms"), preview.resources);
    for (const other of ["Release istiod", "Gateway llm-d-infra-inference-gateway", "Release llm-d-gaie"]) {
      assert.ok(!model.has(find(other).urn), other);
    }
    assert.ok(!prerequisites(find("HTTPRoute llm-d-inference-route"), preview.resources).has(find("Release ms").urn));
  });

  it("has every Kubernetes resource in a component, and every component below the stack", () => {
    const byUrn = new Map(preview.resources.map((resource) => [resource.urn, resource]));
    for (const resource of preview.resources.filter(({ type }) => type.startsWith("kubernetes:"))) {
      const chain: string[] = [];
      for (let at = byUrn.get(resource.parent ?? ""); at !== undefined; at = byUrn.get(at.parent ?? ""))
        chain.push(at.type);
      assert.ok(
        chain.some((type) => type.startsWith("llmd:")),
        `${label(resource)}: ${chain.join(" < ")}`,
      );
      assert.equal(chain.at(-1), "pulumi:pulumi:Stack");
    }
  });

  it("gives every Kubernetes resource the one explicit provider, and makes no default provider", () => {
    const [provider, ...others] = preview.resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
    assert.equal(others.length, 0);
    assert.equal(provider?.urn.split("::").at(-1), "cluster");
    for (const resource of preview.resources.filter(({ type, custom }) => custom && type.startsWith("kubernetes:"))) {
      assert.ok(resource.provider?.startsWith(`${provider?.urn}::`), `${label(resource)}: ${resource.provider}`);
    }
  });

  it("keeps the Hugging Face token secret, and shows it nowhere in the preview in any encoding", () => {
    const secret = find("Secret llm-d-hf-token");
    const value = JSON.stringify(secret.inputs?.stringData ?? secret.inputs?.data);
    assert.ok(value.includes("[secret]") || value.includes(SECRET_SIGNATURE), value);
    for (const text of [HUGGING_FACE_TOKEN, Buffer.from(HUGGING_FACE_TOKEN).toString("base64")]) {
      assert.ok(!preview.text.includes(text));
    }
  });

  it("waits until resources are ready: no annotation pulumi.com/skipAwait, no release with skipAwait", () => {
    assert.ok(!preview.text.includes("pulumi.com/skipAwait"));
    for (const release of preview.resources.filter(({ type }) => type.endsWith(":Release"))) {
      assert.ok(release.inputs?.skipAwait !== true, label(release));
    }
  });
});
