import { MONITORING_NAMESPACE } from "../naming";

/** Whose connections are taken: pods of a namespace, or of any where none is named, or anybody. */
export type Peer = "anybody" | { readonly namespace?: string; readonly labels?: Selector };

/** Pods by their labels. A value of `true` asks for the label alone. */
export type Selector = Readonly<Record<string, string | true>>;

/** What some pods let in; connections that no rule lets in are refused, once there is one for their namespace. */
export interface IngressRule {
  /** Name of the NetworkPolicy. */
  readonly name: string;
  readonly namespace: string;
  /** The pods that take the connections; none means all of the namespace. */
  readonly pods: Selector;
  /** TCP ports; none means that nothing is let in. */
  readonly from: readonly { readonly peer: Peer; readonly ports: readonly number[] }[];
}

/** What the rules are made from. */
export interface IngressArgs {
  /** Namespace of the gateway, the endpoint pickers and the model servers. */
  readonly namespace: string;
  readonly istioNamespace: string;
  readonly gatewayName: string;
  /** Port of the gateway's listener. */
  readonly gatewayPort: number;
  /** Port of the model servers. */
  readonly modelPort: number;
  /** The pods that read metrics. */
  readonly scrapers: readonly Peer[];
}

/** Who reads metrics in each mode of monitoring. */
export const SCRAPERS: Readonly<Record<"stack" | "bring-your-own" | "openshift" | "off", readonly Peer[]>> = {
  stack: [{ namespace: MONITORING_NAMESPACE }],
  // Wherever it is: the label is the one that the Prometheus Operator gives its pods.
  "bring-your-own": [{ labels: { "app.kubernetes.io/name": "prometheus" } }],
  openshift: [{ namespace: "openshift-user-workload-monitoring" }, { namespace: "openshift-monitoring" }],
  off: [],
};

/** Ports of the endpoint picker: the gateway's questions, and metrics (inferencepool v1.3.1). */
const PICKER = { questions: 9002, metrics: 9090 };

/** Ports of the gateway's pods beside its listener: https://istio.io/latest/docs/ops/deployment/application-requirements/. */
const PROXY = { health: 15021, metrics: [15020, 15090] };

/** Ports of istiod: configuration over mutual TLS, webhooks, metrics. Not 15010 (plain text) and 8080 (debugging). */
const ISTIOD = { configuration: 15012, webhooks: 15017, metrics: 15014 };

/**
 * Which connections the environment's pods take: those of the graph, and no others. Probes are not among them: a
 * kubelet's reach the pods of its node whatever policies say.
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
      // A load balancer passes on its clients' connections, some with their addresses.
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
      // The endpoint picker reads their queues and caches.
      from: [pods(gateway, modelPort), pods(picker, modelPort), ...scrapers(modelPort)],
    },
    { name: "deny-others", namespace: istioNamespace, pods: {}, from: [] },
    {
      name: "to-istiod",
      namespace: istioNamespace,
      pods: { app: "istiod" },
      from: [
        pods(gateway, ISTIOD.configuration),
        // The API server, which is no pod and whose address is the platform's own.
        { peer: "anybody", ports: [ISTIOD.webhooks] },
        ...scrapers(ISTIOD.metrics),
      ],
    },
  ];
}

/** The label that Kubernetes gives each namespace with its name. */
const NAMESPACE_LABEL = "kubernetes.io/metadata.name";

/** A rule as the `spec` of a NetworkPolicy. */
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
