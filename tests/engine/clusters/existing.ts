import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as k8s from "@kubernetes/client-node";
import { parseDocument } from "yaml";
import { PROMETHEUS_FILES } from "../../../monitoring/objects/prometheusFiles";
import { ClusterStack } from "../../support/clusterStack";
import { bareDefinition, BUNDLE_VERSION } from "../../support/definitions";
import { eventually } from "../../support/environment";
import { nothingLeft, settledInventory } from "../../support/inventory";
import { oldCluster } from "../../support/oldCluster";
import type { Site } from "./site";

/** The GPU Operator's CRD. */
const POLICIES = "clusterpolicies.nvidia.com";

const GATEWAY_API = /gateways\.gateway\.networking\.k8s\.io/;

/** Puts another version of the GPU Operator into a mirror: its chart, and its CRD with one more field. */
function moveGpuOperator(mirror: string, version: string): void {
  const chart = path.join(mirror, "gpu-operator", "Chart.yaml");
  fs.writeFileSync(chart, fs.readFileSync(chart, "utf8").replace(/^version: .*$/m, `version: ${version}`));
  const file = path.join(mirror, "gpu-operator-crds", `${POLICIES}.yaml`);
  const definition = parseDocument(fs.readFileSync(file, "utf8"));
  const fields = ["spec", "versions", 0, "schema", "openAPIV3Schema", "properties", "spec", "properties"];
  definition.setIn([...fields, "ofTheNextVersion"], definition.createNode({ type: "string" }));
  fs.writeFileSync(file, definition.toString());
}

/** An environment on a cluster of another owner, with software that others have installed. */
export function existingEnvironment(site: () => Site): void {
  let stack: ClusterStack;
  let before_: Set<string>;
  let foreign: string[];
  let mirror: string;
  before(async () => {
    // The simulated nodes advertise GPUs once the operator from the chart runs.
    stack = await ClusterStack.open("existing", "Pulumi.existing.yaml.example", site().environment, {
      "gpu.operator": "helm",
      "gpu.gpusPerNode": "8",
      // A Prometheus of another owner, without the operator.
      "monitoring.mode": "bring-your-own",
      "monitoring.bringYourOwn.operator": "false",
    });
    // A copy of the mirror, in which the test can change a chart's version.
    mirror = path.join(stack.dir, "mirror");
    fs.cpSync(site().environment.embedded.toolchain.mirror, mirror, { recursive: true, dereference: true });
    await stack.set({ "charts.mirror": mirror });
    before_ = await settledInventory(site().environment.kubeconfig);
  });
  after(() => stack?.remove());

  it("is refused when gpu.operator is preinstalled and no GPU operator is installed", async () => {
    await stack.set({ "gpu.operator": "preinstalled" });
    assert.match(
      await stack.refusal(),
      /gpu.operator is preinstalled, but the GPUs are not ready: no node is known to have an NVIDIA device .*\n +Set llm-d:gpu\.operator to helm/,
    );
    await stack.set({ "gpu.operator": "helm" });
  });

  it("is refused in a preview that lists every conflict at once, and nothing is made", async () => {
    foreign = await site().definitions.installGatewayApi("v1.0.0");
    await site().definitions.define(bareDefinition("virtualservices", "networking.istio.io"));
    await site().definitions.define(bareDefinition("gatewayparameters", "gateway.kgateway.dev"));
    await site().definitions.define(bareDefinition("modelservices", "llm-d.ai"));
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
    const old = await oldCluster(site().environment.state.kubeconfig, "v1.27.16");
    const kubeconfig = path.join(stack.dir, "old");
    fs.writeFileSync(kubeconfig, old.kubeconfig);
    await stack.set({ "kubernetes.kubeconfig": kubeconfig });
    const text = await stack.refusal().finally(() => old.stop());
    await stack.set({ "kubernetes.kubeconfig": site().environment.state.kubeconfig });
    assert.match(text, /Installs into the cluster of context llmd-local \(.+\): Kubernetes v1\.27\.16/);
    assert.match(
      text,
      /cannot be made in the cluster of context llmd-local \(.+\), for 5 reasons\. Nothing was changed/,
    );
    assert.match(text, /Kubernetes v1\.27\.16 is too old\.\n +Use a cluster of 1\.28 or later/);
    assert.match(text, /already has an Istio: istiod mesh\/istiod-1-26; CRDs virtualservices\.networking\.istio\.io/);
    assert.match(
      text,
      /Gateway API v1\.0\.0 is already installed.*\n +Set llm-d:kubernetes\.crds\.gatewayApi to adopt/,
    );
    assert.match(text, /already has the controller kGateway: CRD gatewayparameters\.gateway\.kgateway\.dev/);
    assert.match(text, /already has an operator that installs llm-d: CRD modelservices\.llm-d\.ai/);
    // The CLI prints a stack trace unless the error is meant for the user.
    assert.doesNotMatch(text, /Unhandled exception|\n +at /);
    assert.ok(await stack.isEmpty());

    const core = site().environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
    await core.deleteNamespace({ name: "mesh" });
    // Its objects count as another Istio until they are deleted.
    await eventually(
      "the namespace mesh is deleted",
      180_000,
      () => core.readNamespace({ name: "mesh" }).catch(() => undefined),
      (found) => found === undefined,
    );
    await site().definitions.undefine("virtualservices.networking.istio.io");
    await site().definitions.undefine("gatewayparameters.gateway.kgateway.dev");
    await site().definitions.undefine("modelservices.llm-d.ai");
  });

  it("does not adopt a Gateway API release that is too old", async () => {
    await stack.set({ "kubernetes.crds.gatewayApi": "adopt" });
    const text = await stack.refusal();
    assert.match(
      text,
      /have v1\.0\.0 in gateway\.networking\.k8s\.io\/bundle-version; v1\.2\.0 is the oldest that fits/,
    );
  });

  it("reports in bounded time a missing context, and a cluster that does not answer", async () => {
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

  it("comes up with the adopted Gateway API", async () => {
    await site().definitions.relabel(foreign, "v1.2.1");
    const { text } = await stack.up();
    assert.match(text, /Adopts Gateway API v1\.2\.1: this stack neither changes nor deletes it/);
    assert.match(await stack.output("gatewayUrl"), /^http:\/\/127\./);
  });

  it("has scrape jobs and rules as files for a Prometheus without an operator", async () => {
    const core = site().environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
    const { data } = await core.readNamespacedConfigMap({ namespace: "llm-d", name: "llm-d-prometheus" });
    assert.match(data?.[PROMETHEUS_FILES.scrape] ?? "", /job_name: /);
    assert.match(data?.[PROMETHEUS_FILES.rules] ?? "", /alert: /);
  });

  it("has no change in a second preview, and no adopted object among its resources", async () => {
    const { changed, urns } = await stack.preview();
    assert.deepEqual(changed, []);
    assert.ok(!urns.some((urn) => GATEWAY_API.test(urn)));
    // Its Prometheus has no operator, so there are no objects of the operator's kinds.
    assert.ok(!urns.some((urn) => urn.includes("monitoring.coreos.com")));
    assert.ok(urns.some((urn) => /inferencepools\.inference/.test(urn)));
  });

  it("refuses to adopt CRDs that this stack itself installed", async () => {
    await stack.set({ "kubernetes.crds.inferenceExtension": "adopt" });
    assert.match(
      await stack.refusal(),
      /but this stack owns it: .*\n +Set llm-d:kubernetes\.crds\.inferenceExtension back to install/,
    );
    await stack.set({ "kubernetes.crds.inferenceExtension": "install" });
  });

  it("updates the Gateway and CRDs in place when settings and chart version change, and then has no change", async () => {
    const custom = site().environment.kubeconfig.makeApiClient(k8s.CustomObjectsApi);
    const policy = async (): Promise<[k8s.V1ObjectMeta | undefined, unknown]> => {
      const { items } = (await custom.listClusterCustomObject({
        ...{ group: "nvidia.com", version: "v1", plural: "clusterpolicies" },
      })) as { items: (k8s.KubernetesObject & { spec: unknown })[] };
      return [items[0]?.metadata, items[0]?.spec];
    };
    const definition = async () => {
      const { metadata, spec } = await site().definitions.api.readCustomResourceDefinition({ name: POLICIES });
      return {
        uid: metadata?.uid,
        fields: spec.versions[0]?.schema?.openAPIV3Schema?.properties?.["spec"]?.properties,
      };
    };
    const [[metadata, spec], before] = [await policy(), await definition()];
    moveGpuOperator(mirror, "v26.3.4");
    await stack.set({ "gateway.port": "8088", "charts.overrides.gpu-operator.version": "v26.3.4" });
    await stack.up();
    assert.deepEqual((await stack.preview()).changed, []);
    assert.match(await stack.output("gatewayUrl"), /:8088$/);
    const after = await definition();
    assert.equal(after.uid, before.uid, "the CRD was replaced, and all of its objects with it");
    assert.deepEqual(
      Object.keys(after.fields ?? {}).sort(),
      [...Object.keys(before.fields ?? {}), "ofTheNextVersion"].sort(),
    );
    assert.deepEqual(await policy().then(([found, kept]) => [found?.uid, kept]), [metadata?.uid, spec]);
  });

  it("is destroyed completely, and leaves the adopted CRDs unchanged", async () => {
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
