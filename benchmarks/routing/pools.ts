import * as k8s from "@kubernetes/client-node";
import { stringify } from "yaml";
import { get } from "../../validation/client/endpoint";

/** A policy that an endpoint picker runs: its configuration file. */
export interface Policy {
  readonly name: string;
  /** Part of the names of objects, and of the path that leads to it. */
  readonly id: string;
  /** The `EndpointPickerConfig`; undefined for the one that the program ships, which is there already. */
  readonly config?: object;
  /** No endpoint picker: Envoy takes the replicas in turn. */
  readonly roundRobin?: boolean;
}

/** Release and route of the stack's one model. */
const RELEASE = "llm-d-gaie";
const ROUTE = "llm-d-inference-route";

/** How long a policy's endpoint picker may take until a request gets through to a replica. */
const READY_TIMEOUT_MS = 120_000;

/** An API object as far as it is copied. */
interface Copied extends k8s.KubernetesObject {
  spec?: Record<string, unknown>;
  data?: Record<string, string>;
}

/** The API of the pools that the stack makes. */
const POOL_API = "inference.networking.x-k8s.io/v1alpha2";

/** An InferencePool as far as it is read, in both of its API's versions. */
interface PoolSpec {
  readonly selector: Record<string, string> | { readonly matchLabels: Record<string, string> };
  readonly targetPortNumber?: number;
  readonly targetPorts?: readonly { readonly number: number }[];
}

/** What makes an endpoint picker, all of it named after the release. */
const KINDS = [
  { apiVersion: "v1", kind: "ConfigMap", suffix: "-epp" },
  { apiVersion: "v1", kind: "Service", suffix: "-epp" },
  { apiVersion: "apps/v1", kind: "Deployment", suffix: "-epp" },
  { apiVersion: "networking.istio.io/v1", kind: "DestinationRule", suffix: "-epp" },
  { apiVersion: POOL_API, kind: "InferencePool", suffix: "" },
] as const;

/** The name of the file that a copy's configuration is in. */
const CONFIG_FILE = "benchmark.yaml";

/**
 * Puts endpoint pickers of other policies beside the one of the stack: copies of what the chart made, over the very same
 * replicas and behind the same gateway, with another configuration file and a path of their own. Nothing else differs.
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

  /** Where requests under a policy go. */
  url(policy: Policy): string {
    const shipped = policy.config === undefined && policy.roundRobin !== true;
    return shipped ? this.gatewayUrl : `${this.gatewayUrl}/${policy.id}`;
  }

  /** Makes what a policy needs, and waits until its path answers. */
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

  /** A Service over the pool's replicas, which Envoy is told to take in turn (its default looks at open requests). */
  private async addRoundRobin(id: string): Promise<void> {
    const pool = await this.read(POOL_API, "InferencePool", RELEASE);
    const { selector, targetPorts, targetPortNumber } = pool.spec as unknown as PoolSpec;
    const metadata = { name: `${RELEASE}-${id}`, namespace: this.namespace };
    const port = targetPorts?.[0]?.number ?? targetPortNumber;
    const labels = "matchLabels" in selector ? selector.matchLabels : selector;
    const ports = [{ name: "http", port, targetPort: port }];
    await this.objects.create({
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: labels, ports },
    } as Copied);
    await this.objects.create({
      apiVersion: "networking.istio.io/v1",
      kind: "DestinationRule",
      metadata,
      spec: {
        host: `${metadata.name}.${metadata.namespace}.svc.cluster.local`,
        trafficPolicy: { loadBalancer: { simple: "ROUND_ROBIN" } },
      },
    } as Copied);
    await this.addRule(id, { name: metadata.name, kind: "Service", group: "", port });
  }

  private async read(apiVersion: string, kind: string, name: string): Promise<Copied> {
    return this.objects.read<Copied>({ apiVersion, kind, metadata: { name, namespace: this.namespace } });
  }

  /**
   * Adds a rule to the stack's route. A route of its own would not do: Istio 1.27 merges the routes of a host into one and
   * keeps the endpoint pickers of the oldest alone (mergeHTTPRoutes copies no Extra), so that Envoy would balance the rest.
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
    await this.objects.replace({ ...route, spec: { ...route.spec, rules: [...rules, copy] } } as Copied);
  }

  /** Waits for a model list through the policy's path: pool, picker and route have to be there for that. */
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

/** A copy under another name, wherever the name is part of a value, without what the API server wrote. */
function renamed(original: Copied, from: string, to: string): Copied {
  const plain = JSON.parse(JSON.stringify(original).replaceAll(from, to)) as Copied & { status?: unknown };
  delete plain.status;
  const { name, namespace, labels } = plain.metadata ?? {};
  plain.metadata = { name, namespace, labels };
  if (plain.spec !== undefined) for (const key of ["clusterIP", "clusterIPs"]) delete plain.spec[key];
  return plain;
}

/** Lets a copied endpoint picker read its own configuration, with the rights of the original. */
function configure(deployment: Copied): void {
  const pod = (deployment.spec?.["template"] as { spec: k8s.V1PodSpec }).spec;
  pod.serviceAccountName = `${RELEASE}-epp`;
  delete pod.serviceAccount;
  for (const container of pod.containers) {
    container.args = container.args?.map((argument, index, all) =>
      all[index - 1] === "--config-file" || argument.startsWith("--config-file=")
        ? argument.replace(/[^/]+\.yaml$/, CONFIG_FILE)
        : argument,
    );
  }
}
