import * as assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { ClusterStack } from "../../support/clusterStack";
import { bareDefinition } from "../../support/definitions";
import { nothingLeft, settledInventory } from "../../support/inventory";
import { APPS_DOMAIN } from "../../support/openshiftCluster";
import type { Site } from "./site";

/** Whether an object is a CRD that OLM has installed, or its APIService. OLM removes neither. */
export function isOfOlmsDefinitions(one: string): boolean {
  return /^\S+ (CustomResourceDefinition|APIService) \/\S*(nvidia\.com|nfd\.openshift\.io)$/.test(one);
}

/** An environment on OpenShift. */
export function openshiftEnvironment(site: () => Site): void {
  let stack: ClusterStack;
  let before_: Set<string>;
  before(async () => {
    stack = await ClusterStack.open("openshift", "Pulumi.openshift.yaml", site().environment, {
      "kubernetes.crds.gatewayApi": "install",
      "gpu.gpusPerNode": "8",
      "monitoring.mode": "openshift",
    });
  });
  after(() => stack?.remove());

  it("is refused on a cluster that is not OpenShift", async () => {
    assert.match(await stack.refusal(), /It is not OpenShift.*\n +Set llm-d:platform to existing/);
  });

  it("is refused with every reason at once: an old version, Service Mesh, and a missing SCC role", async () => {
    await site().openshift.start("4.15.42");
    await site().openshift.loseRole();
    await site().definitions.define(bareDefinition("istios", "sailoperator.io"));
    const text = await stack.refusal();
    assert.match(
      text,
      /Installs into the cluster of context llmd-local \(.+\): OpenShift 4\.15\.42, Kubernetes v1\.33\.4/,
    );
    assert.match(text, /for 3 reasons/);
    assert.match(text, /OpenShift 4\.15\.42 is too old/);
    assert.match(text, /already has OpenShift Service Mesh: CRD istios\.sailoperator\.io\. Its operator owns/);
    assert.match(text, /no longer has the ClusterRole system:openshift:scc:anyuid/);
    await site().definitions.undefine("istios.sailoperator.io");
    await site().openshift.restoreRole();
  });

  it("is refused with the advice to adopt a Gateway API that the Ingress Operator manages", async () => {
    const foreign = await site().definitions.installGatewayApi("v1.2.1");
    const admission = site().environment.kubeconfig.makeApiClient(k8s.AdmissionregistrationV1Api);
    const name = "openshift-ingress-operator-gatewayapi-crd-admission";
    const definitions = {
      apiGroups: ["apiextensions.k8s.io"],
      apiVersions: ["*"],
      operations: ["CREATE", "UPDATE", "DELETE"],
      resources: ["customresourcedefinitions"],
    };
    // Without its binding, which would keep the test from removing the definitions again.
    await admission.createValidatingAdmissionPolicy({
      body: {
        metadata: { name },
        spec: { matchConstraints: { resourceRules: [definitions] }, validations: [{ expression: "false" }] },
      },
    });
    await site().openshift.setVersion("4.19.1");
    assert.match(
      await stack.refusal(),
      /Ingress Operator manages the CRDs of Gateway API \(v1\.2\.1\).*\n +Set llm-d:kubernetes\.crds\.gatewayApi to adopt/,
    );
    await stack.set({ "kubernetes.crds.gatewayApi": "adopt" });
    assert.match((await stack.preview()).text, /Adopts Gateway API v1\.2\.1/);
    await stack.set({ "kubernetes.crds.gatewayApi": "install" });
    await admission.deleteValidatingAdmissionPolicy({ name });
    for (const definition of foreign) await site().definitions.undefine(definition);
    await site().openshift.setVersion("4.18.3");
    before_ = await settledInventory(site().environment.kubeconfig);
  });

  it("comes up behind a Route whose host is in the gateway's URL", async () => {
    const { text } = await stack.up();
    assert.match(text, /OpenShift 4\.18\.3/);
    const url = `https://llm-d-infra-inference-gateway-llm-d.${APPS_DOMAIN}`;
    assert.equal(await stack.output("gatewayUrl"), url);
    assert.match(await stack.output("tryIt"), new RegExp(`^curl -sS ${url}/v1/completions `));
  });

  it("gives the gateway a ClusterIP Service, and istiod the OpenShift profile", async () => {
    const core = site().environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
    const { spec } = await core.readNamespacedService({
      namespace: "llm-d",
      name: "llm-d-infra-inference-gateway-istio",
    });
    assert.equal(spec?.type, "ClusterIP");
    const apps = site().environment.kubeconfig.makeApiClient(k8s.AppsV1Api);
    const istiod = await apps.readNamespacedDeployment({ namespace: "istio-system", name: "istiod" });
    const env = istiod.spec?.template.spec?.containers[0]?.env ?? [];
    assert.equal(env.find(({ name }) => name === "PLATFORM")?.value, "openshift");
  });

  it("grants anyuid only to istiod and the gateway, and nonroot-v2 only to Grafana", async () => {
    const core = site().environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
    const { items } = await core.listServiceAccountForAllNamespaces();
    const allowed = async (constraints: string): Promise<string[]> => {
      const found: string[] = [];
      for (const { metadata } of items) {
        const { namespace = "", name = "" } = metadata ?? {};
        if (namespace.startsWith("kube-")) continue;
        if (await site().openshift.mayUse(constraints, namespace, name)) found.push(`${namespace}/${name}`);
      }
      return found.sort();
    };
    const [anyuid, others] = [await allowed("anyuid"), await allowed("nonroot-v2")];
    assert.deepEqual(anyuid, ["istio-system/istiod", "llm-d/llm-d-infra-inference-gateway-istio"]);
    assert.deepEqual(others, ["llm-d-monitoring/kube-prometheus-stack-grafana"]);
    // The service accounts must also be the ones that the pods use.
    const pods = (await core.listPodForAllNamespaces()).items.map(({ spec }) => spec?.serviceAccountName ?? "");
    for (const one of [...anyuid, ...others]) assert.ok(pods.includes(one.split("/")[1] ?? ""), one);
  });

  it("has Grafana behind a Route, and Grafana queries OpenShift's monitoring with its own token", async () => {
    assert.equal(await stack.output("grafanaUrl"), `https://grafana-llm-d-monitoring.${APPS_DOMAIN}`);
    assert.match(await stack.output("prometheusUrl"), /^https:\/\/thanos-querier\.openshift-monitoring\./);
    const core = site().environment.kubeconfig.makeApiClient(k8s.CoreV1Api);
    const namespace = "llm-d-monitoring";
    const source = await core.readNamespacedConfigMap({ namespace, name: "kube-prometheus-stack-grafana-datasource" });
    assert.match(source.data?.["datasource.yaml"] ?? "", /url: https:\/\/thanos-querier\..*:9091/);
    const { data: token } = await core.readNamespacedSecret({ namespace, name: "grafana-queries-token" });
    assert.ok(token?.["token"] !== undefined);
    const { data: ca } = await core.readNamespacedConfigMap({ namespace, name: "grafana-queries-ca" });
    assert.match(ca?.["service-ca.crt"] ?? "", /BEGIN CERTIFICATE/);
    // The chart deploys nothing else: Prometheus and its operator belong to OpenShift.
    const apps = site().environment.kubeconfig.makeApiClient(k8s.AppsV1Api);
    const { items } = await apps.listNamespacedDeployment({ namespace });
    assert.deepEqual(
      items.map(({ metadata }) => metadata?.name),
      ["kube-prometheus-stack-grafana"],
    );
  });

  it("has no change in a second preview", async () => {
    assert.deepEqual((await stack.preview()).changed, []);
  });

  it("updates the Route in place to re-encrypt to the gateway when configured, and then has no change", async () => {
    await stack.set({ "openshift.route.termination": "reencrypt" });
    await stack.up();
    const custom = site().environment.kubeconfig.makeApiClient(k8s.CustomObjectsApi);
    const read = async (group: string, plural: string): Promise<{ readonly spec: Record<string, unknown> }> =>
      (await custom.getNamespacedCustomObject({
        ...{ group, version: "v1", plural, namespace: "llm-d", name: "llm-d-infra-inference-gateway" },
      })) as { spec: Record<string, unknown> };
    const { spec: route } = await read("route.openshift.io", "routes");
    assert.deepEqual(
      [route["port"], route["tls"]],
      [{ targetPort: "https" }, { termination: "reencrypt", insecureEdgeTerminationPolicy: "Redirect" }],
    );
    const { spec: gateway } = await read("gateway.networking.k8s.io", "gateways");
    const listeners = gateway["listeners"] as { readonly name: string }[];
    assert.deepEqual(
      listeners.map(({ name }) => name),
      ["https"],
    );
    assert.deepEqual((await stack.preview()).changed, []);
  });

  it("is destroyed completely, except for the CRDs that OLM never removes", async () => {
    await stack.destroy();
    await nothingLeft(site().environment.kubeconfig, before_, isOfOlmsDefinitions);
    const left = [...(await settledInventory(site().environment.kubeconfig))].filter((one) => !before_.has(one));
    assert.equal(left.filter((one) => / CustomResourceDefinition /.test(one)).length, 3, left.join());
  });
}
