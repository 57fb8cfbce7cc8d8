import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as k8s from "@kubernetes/client-node";
import { ClusterStack } from "../../support/clusterStack";
import { bareDefinition, BUNDLE_VERSION } from "../../support/definitions";
import { eventually } from "../../support/environment";
import { nothingLeft, settledInventory } from "../../support/inventory";
import type { Site } from "./site";

const GATEWAY_API = /gateways\.gateway\.networking\.k8s\.io/;

/** An environment on a cluster that somebody else made, with what others have installed there. */
export function existingEnvironment(site: () => Site): void {
  let stack: ClusterStack;
  let before_: Set<string>;
  let foreign: string[];
  before(async () => {
    // The played nodes advertise GPUs once the operator has done its work, and that is the chart's there.
    stack = await ClusterStack.open("existing", "Pulumi.existing.yaml.example", site().environment, {
      "gpu.operator": "helm",
      "gpu.gpusPerNode": "8",
    });
    before_ = await settledInventory(site().environment.kubeconfig);
  });
  after(() => stack?.remove());

  it("is refused where somebody else is to have seen to GPUs and nobody has", async () => {
    await stack.set({ "gpu.operator": "preinstalled" });
    assert.match(
      await stack.refusal(),
      /GPUs are to be there already .* are not ready: no node is known to have an NVIDIA device .*\n +Set llm-d:gpu\.operator to helm/,
    );
    await stack.set({ "gpu.operator": "helm" });
  });

  it("is refused for everything that is in the way at once, in a preview and with nothing made", async () => {
    foreign = await site().definitions.installGatewayApi("v1.0.0");
    await site().definitions.define(bareDefinition("virtualservices", "networking.istio.io"));
    await site().definitions.define(bareDefinition("gatewayparameters", "gateway.kgateway.dev"));
    await site()
      .environment.kubeconfig.makeApiClient(k8s.CoreV1Api)
      .createNamespace({ body: { metadata: { name: "mesh" } } });
    const labels = { app: "istiod" };
    await site()
      .environment.kubeconfig.makeApiClient(k8s.AppsV1Api)
      .createNamespacedDeployment({
        namespace: "mesh",
        body: {
          metadata: { name: "istiod-1-26", labels },
          spec: {
            replicas: 0,
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: "discovery", image: "pilot" }] } },
          },
        },
      });
    const text = await stack.refusal();
    assert.match(text, /Installs into the cluster of context llmd-local/);
    assert.match(
      text,
      /cannot be made in the cluster of context llmd-local \(.+\), for 3 reasons\. Nothing was changed/,
    );
    assert.match(text, /Another Istio is there: istiod mesh\/istiod-1-26; CRDs virtualservices\.networking\.istio\.io/);
    assert.match(
      text,
      /Gateway API v1\.0\.0 is installed already.*\n +Set llm-d:kubernetes\.crds\.gatewayApi to adopt/,
    );
    assert.match(text, /The controller kGateway is there: CRD gatewayparameters\.gateway\.kgateway\.dev/);
    // The CLI shows a program's error with its stack trace, unless it is one that is meant for the user.
    assert.doesNotMatch(text, /Unhandled exception|\n +at /);
    assert.ok(await stack.isEmpty());

    const core = site().environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
    await core.deleteNamespace({ name: "mesh" });
    // What is in it goes after it was asked to go, and is another Istio until then.
    await eventually(
      "the end of the namespace mesh",
      180_000,
      () => core.readNamespace({ name: "mesh" }).catch(() => undefined),
      (found) => found === undefined,
    );
    await site().definitions.undefine("virtualservices.networking.istio.io");
    await site().definitions.undefine("gatewayparameters.gateway.kgateway.dev");
  });

  it("does not adopt a release that is too old", async () => {
    await stack.set({ "kubernetes.crds.gatewayApi": "adopt" });
    const text = await stack.refusal();
    assert.match(
      text,
      /say v1\.0\.0 in gateway\.networking\.k8s\.io\/bundle-version; v1\.2\.0 is the oldest that fits/,
    );
  });

  it("says in bounded time that a context is not there, and that a cluster does not answer", async () => {
    await stack.set({ "kubernetes.context": "prod" });
    assert.match(await stack.refusal(), /has no context "prod"; it has llmd-local/);
    const elsewhere = path.join(stack.dir, "elsewhere");
    const text = fs
      .readFileSync(site().environment.state.kubeconfig, "utf8")
      .replace(/https:\/\/127\.0\.0\.1:\d+/, "https://127.0.0.1:1");
    fs.writeFileSync(elsewhere, text);
    await stack.set({ "kubernetes.context": "llmd-local", "kubernetes.kubeconfig": elsewhere });
    assert.match(
      await stack.refusal(),
      /https:\/\/127\.0\.0\.1:1 cannot be read: .*ECONNREFUSED.*\n.*context llmd-local/,
    );
    await stack.set({ "kubernetes.kubeconfig": site().environment.state.kubeconfig });
  });

  it("comes up on what it adopts", async () => {
    await site().definitions.relabel(foreign, "v1.2.1");
    const { text } = await stack.up();
    assert.match(text, /Adopts Gateway API v1\.2\.1: neither changed nor deleted by this stack/);
    assert.match(await stack.output("gatewayUrl"), /^http:\/\/127\./);
  });

  it("has nothing to do in a preview without a change, and none of what it adopted among its resources", async () => {
    const { changed, urns } = await stack.preview();
    assert.deepEqual(changed, []);
    assert.ok(!urns.some((urn) => GATEWAY_API.test(urn)));
    assert.ok(urns.some((urn) => /inferencepools\.inference/.test(urn)));
  });

  it("is not told to let go of definitions of its own", async () => {
    await stack.set({ "kubernetes.crds.inferenceExtension": "adopt" });
    assert.match(
      await stack.refusal(),
      /is this stack's own.*\n +Set llm-d:kubernetes\.crds\.inferenceExtension back to install/,
    );
    await stack.set({ "kubernetes.crds.inferenceExtension": "install" });
  });

  it("changes the Gateway in place, and has nothing to do after that", async () => {
    await stack.set({ "gateway.port": "8088" });
    await stack.up();
    assert.deepEqual((await stack.preview()).changed, []);
    assert.match(await stack.output("gatewayUrl"), /:8088$/);
  });

  it("is destroyed whole, and leaves what it adopted as it was", async () => {
    await stack.destroy();
    for (const name of foreign) {
      const { metadata } = await site().definitions.api.readCustomResourceDefinition({ name });
      assert.equal(metadata?.generation, 1, name);
      assert.equal(metadata.annotations?.[BUNDLE_VERSION], "v1.2.1");
      await site().definitions.undefine(name);
    }
    await nothingLeft(site().environment.kubeconfig, before_);
  });
}
