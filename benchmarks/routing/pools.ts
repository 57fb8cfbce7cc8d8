import * as k8s from "@kubernetes/client-node";
import { stringify } from "yaml";
import { get } from "../../validation/client/endpoint";
import type { Policy } from "./policies";

/** Helm release and route of the stack's model. */
const RELEASE = "llm-d-gaie";
const ROUTE = "llm-d-inference-route";

/** How long a policy's path may take until a replica answers, in milliseconds. */
const READY_TIMEOUT_MS = 120_000;

/** The parts of an API object that are copied. */
interface Copied extends k8s.KubernetesObject {
  spec?: Record<string, unknown>;
  data?: Record<string, string>;
}

/** The API of the stack's pools. */
const POOL_API = "inference.networking.x-k8s.io/v1alpha2";

/** The parts of an InferencePool that are read, in both versions of its API. */
interface PoolSpec {
  readonly selector: { readonly matchLabels?: Record<string, string> };
  readonly targetPortNumber?: number;
  readonly targetPorts?: readonly { readonly number: number }[];
}

/** The objects of an endpoint picker. All are named after the release. */
const KINDS = [
  { apiVersion: "v1", kind: "ConfigMap", suffix: "-epp" },
  { apiVersion: "v1", kind: "Service", suffix: "-epp" },
  { apiVersion: "apps/v1", kind: "Deployment", suffix: "-epp" },
  { apiVersion: "networking.istio.io/v1", kind: "DestinationRule", suffix: "-epp" },
  { apiVersion: POOL_API, kind: "InferencePool", suffix: "" },
] as const;

/** Name of a copy's configuration file. */
const CONFIG_FILE = "benchmark.yaml";

/**
 * Adds endpoint pickers of other policies next to the stack's own one. They are copies of the chart's objects, for the same
 * replicas behind the same gateway. Only the configuration file and the path differ.
 */
export class PolicyPools {
  private readonly objects: k8s.KubernetesObjectApi;

  constructor(
    kubeconfig: k8s.KubeConfig,
    private readonly namespace: string,
    private readonly gatewayUrl: string,
  ) {
    this.objects = k8s.KubernetesObjectApi.makeApiClient(kubeconfig);
  }

  /** URL of a policy's requests. */
  url(policy: Policy): string {
    const isDefault = policy.config === undefined && policy.roundRobin !== true;
    return isDefault ? this.gatewayUrl : `${this.gatewayUrl}/${policy.id}`;
  }

  /** Creates the objects of a policy, and waits until its path answers. */
  async add(policy: Policy): Promise<void> {
    const { config, id } = policy;
    if (config !== undefined) {
      for (const { apiVersion, kind, suffix } of KINDS) {
        const original = await this.read(apiVersion, kind, `${RELEASE}${suffix}`);
        const copy = renamed(original, RELEASE, `${RELEASE}-${id}`);
        if (kind === "ConfigMap") copy.data = { [CONFIG_FILE]: stringify(config, { lineWidth: 0 }) };
        if (kind === "Deployment") configure(copy);
        await this.objects.create(copy);
      }
      await this.addRule(id, { name: `${RELEASE}-${id}` });
    }
    if (policy.roundRobin === true) await this.addRoundRobin(id);
    await this.answers(policy);
  }

  /** Creates a Service of the pool's replicas with round robin. Envoy's default, least requests, looks at open requests. */
  private async addRoundRobin(id: string): Promise<void> {
    const pool = await this.read(POOL_API, "InferencePool", RELEASE);
    const { selector, targetPorts, targetPortNumber } = pool.spec as unknown as PoolSpec;
    const metadata = { name: `${RELEASE}-${id}`, namespace: this.namespace };
    const port = targetPorts?.[0]?.number ?? targetPortNumber;
    const spec = { selector: selector.matchLabels ?? selector, ports: [{ name: "http", port, targetPort: port }] };
    await this.objects.create<Copied>({ apiVersion: "v1", kind: "Service", metadata, spec });
    await this.objects.create<Copied>({
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata,
      spec: {
        host: `${metadata.name}.${metadata.namespace}.svc.cluster.local`,
        trafficPolicy: { loadBalancer: { simple: "ROUND_ROBIN" } },
      },
    });
    await this.addRule(id, { name: metadata.name, kind: "Service", group: "", port });
  }

  private async read(apiVersion: string, kind: string, name: string): Promise<Copied> {
    return this.objects.read<Copied>({ apiVersion, kind, metadata: { name, namespace: this.namespace } });
  }

  /**
   * Adds a rule to the stack's route. A separate route does not work: Istio 1.27 merges the routes of a host and keeps only
   * the endpoint pickers of the oldest (mergeHTTPRoutes does not copy Extra). Envoy would balance the others.
   */
  private async addRule(id: string, backend: object): Promise<void> {
    const route = await this.read("gateway.networking.k8s.io/v1", "HTTPRoute", ROUTE);
    const rules = (route.spec?.["rules"] ?? []) as { backendRefs: { name: string }[] }[];
    const rule = rules.find(({ backendRefs }) => backendRefs.some(({ name }) => name === RELEASE));
    if (rule === undefined) throw new Error(`the route ${ROUTE} has no rule for the pool ${RELEASE}`);
    const copy = {
      ...rule,
      matches: [{ path: { type: "PathPrefix", value: `/${id}` } }],
      filters: [{ type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/" } } }],
      backendRefs: rule.backendRefs.map((ref) => ({ ...ref, ...backend })),
    };
    await this.objects.replace<Copied>({ ...route, spec: { ...route.spec, rules: [...rules, copy] } });
  }

  /** Waits for a model list through the policy's path. It needs pool, endpoint picker and route. */
  private async answers(policy: Policy): Promise<void> {
    const end = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      const seen = await get({ url: this.url(policy) }, "/v1/models").then(
        ({ status, body }) => (status === 200 ? undefined : `HTTP ${status} ${body.slice(0, 100)}`),
        (error: unknown) => String(error),
      );
      if (seen === undefined) return;
      if (performance.now() > end) throw new Error(`policy ${policy.name} does not answer; last seen: ${seen}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** A copy with another name in all values that contain it, and without the fields that the API server sets. */
function renamed(original: Copied, from: string, to: string): Copied {
  const plain = JSON.parse(JSON.stringify(original).replaceAll(from, to)) as Copied & { status?: unknown };
  delete plain.status;
  const { name, namespace, labels } = plain.metadata ?? {};
  plain.metadata = { name, namespace, labels };
  if (plain.spec !== undefined) for (const key of ["clusterIP", "clusterIPs"]) delete plain.spec[key];
  return plain;
}

/** Makes a copied endpoint picker read its own configuration file, with the service account of the original. */
function configure(deployment: Copied): void {
  const pod = (deployment.spec?.["template"] as { spec: k8s.V1PodSpec }).spec;
  pod.serviceAccountName = `${RELEASE}-epp`;
  delete pod.serviceAccount;
  for (const container of pod.containers) {
    const args = container.args?.map((argument, index, all) =>
      all[index - 1] === "--config-file" || argument.startsWith("--config-file=")
        ? argument.replace(/[^/]+\.yaml$/, CONFIG_FILE)
        : argument,
    );
    // The endpoint picker's own default. The node agent sets a longer one where nothing is measured.
    container.args = [...(args ?? []), "--refresh-metrics-interval=50ms"];
  }
}
