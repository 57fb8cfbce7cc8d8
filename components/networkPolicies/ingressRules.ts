import { MONITORING_NAMESPACE } from "../naming";

/** The source of connections: pods of one namespace or of all namespaces, or anybody. */
export type Peer = "anybody" | { readonly namespace?: string; readonly labels?: Selector };

/** Pods by their labels. A value of `true` matches every value of the label. */
export type Selector = Readonly<Record<string, string | true>>;

/** The connections that some pods accept. A namespace with at least one rule refuses all other connections. */
export interface IngressRule {
  /** Name of the NetworkPolicy. */
  readonly name: string;
  readonly namespace: string;
  /** The pods that accept the connections; an empty selector means all pods of the namespace. */
  readonly pods: Selector;
  /** Sources with their TCP ports; an empty list refuses every connection. */
  readonly from: readonly { readonly peer: Peer; readonly ports: readonly number[] }[];
}

/** Input of the rules. */
export interface IngressArgs {
  /** Namespace of the gateway, the endpoint pickers and the model servers. */
  readonly namespace: string;
  readonly istioNamespace: string;
  readonly gatewayName: string;
  /** Port of the gateway's listener. */
  readonly gatewayPort: number;
  /** Port of the model servers. */
  readonly modelPort: number;
  /** The pods that scrape metrics. */
  readonly scrapers: readonly Peer[];
}

/** The pods that scrape metrics in each mode of monitoring. */
export const SCRAPERS: Readonly<Record<"stack" | "bring-your-own" | "openshift" | "off", readonly Peer[]>> = {
  stack: [{ namespace: MONITORING_NAMESPACE }],
  // In any namespace: the Prometheus Operator gives this label to its pods.
  "bring-your-own": [{ labels: { "app.kubernetes.io/name": "prometheus" } }],
  openshift: [{ namespace: "openshift-user-workload-monitoring" }, { namespace: "openshift-monitoring" }],
  off: [],
};

/** Ports of the endpoint picker for the gateway and for metrics (inferencepool v1.3.1). */
const PICKER = { questions: 9002, metrics: 9090 };

/**
 * Ports of the gateway's pods besides its listener.
 *
 * @see https://istio.io/latest/docs/ops/deployment/application-requirements/
 */
const PROXY = { health: 15021, metrics: [15020, 15090] };

/** Ports of istiod: configuration over mutual TLS, webhooks and metrics, but not 15010 (plain text) and 8080 (debugging). */
const ISTIOD = { configuration: 15012, webhooks: 15017, metrics: 15014 };

/**
 * The connections that the environment's pods accept, and no others. Probes need no rule: a kubelet always reaches the pods of
 * its node.
 */
export function ingressRules(args: IngressArgs): IngressRule[] {
  const { namespace, istioNamespace, gatewayPort, modelPort } = args;
  const gateway: Selector = { "gateway.networking.k8s.io/gateway-name": args.gatewayName };
  const picker: Selector = { inferencepool: true };
  const model: Selector = { "llm-d.ai/inference-serving": "true" };
  const scrapers = (...ports: number[]) => args.scrapers.map((peer) => ({ peer, ports }));
  const pods = (labels: Selector, ...ports: number[]) => ({ peer: { namespace, labels }, ports });
  return [
    { name: "deny-others", namespace, pods: {}, from: [] },
    {
      name: "to-gateway",
      namespace,
      pods: gateway,
      // Some load balancers keep the client's address, so any address is possible.
      from: [{ peer: "anybody", ports: [gatewayPort, PROXY.health] }, ...scrapers(...PROXY.metrics)],
    },
    {
      name: "to-endpoint-picker",
      namespace,
      pods: picker,
      from: [pods(gateway, PICKER.questions), ...scrapers(PICKER.metrics)],
    },
    {
      name: "to-model-servers",
      namespace,
      pods: model,
      // The endpoint picker reads the metrics of their queues and caches.
      from: [pods(gateway, modelPort), pods(picker, modelPort), ...scrapers(modelPort)],
    },
    { name: "deny-others", namespace: istioNamespace, pods: {}, from: [] },
    {
      name: "to-istiod",
      namespace: istioNamespace,
      pods: { app: "istiod" },
      from: [
        pods(gateway, ISTIOD.configuration),
        // The API server, which is not a pod; its address depends on the platform.
        { peer: "anybody", ports: [ISTIOD.webhooks] },
        ...scrapers(ISTIOD.metrics),
      ],
    },
  ];
}

/** The label that Kubernetes sets on each namespace to its name. */
const NAMESPACE_LABEL = "kubernetes.io/metadata.name";

/** The `spec` of the NetworkPolicy for a rule. */
export function policySpec(rule: IngressRule) {
  return {
    podSelector: labelSelector(rule.pods),
    policyTypes: ["Ingress"],
    ingress: rule.from.map(({ peer, ports }) => ({
      ...(peer === "anybody"
        ? {}
        : {
            from: [
              {
                namespaceSelector:
                  peer.namespace === undefined ? {} : { matchLabels: { [NAMESPACE_LABEL]: peer.namespace } },
                ...(peer.labels === undefined ? {} : { podSelector: labelSelector(peer.labels) }),
              },
            ],
          }),
      ports: ports.map((port) => ({ protocol: "TCP", port })),
    })),
  };
}

function labelSelector(selector: Selector) {
  const entries = Object.entries(selector);
  const values = entries.filter((entry): entry is [string, string] => entry[1] !== true);
  const names = entries.filter(([, value]) => value === true).map(([key]) => ({ key, operator: "Exists" }));
  return {
    ...(values.length === 0 ? {} : { matchLabels: Object.fromEntries(values) }),
    ...(names.length === 0 ? {} : { matchExpressions: names }),
  };
}
