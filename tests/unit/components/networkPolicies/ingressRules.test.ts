import * as assert from "node:assert/strict";
import {
  type IngressRule,
  ingressRules,
  type Peer,
  policySpec,
  SCRAPERS,
  type Selector,
} from "../../../../components/networkPolicies/ingressRules";

const RULES = ingressRules({
  namespace: "llm-d",
  istioNamespace: "istio-system",
  gatewayName: "gw",
  gatewayPort: 443,
  modelPort: 8000,
  scrapers: SCRAPERS.stack,
});

interface Pod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The pods of the graph, with the labels that their charts give them. */
const PODS = {
  gateway: { namespace: "llm-d", labels: { "gateway.networking.k8s.io/gateway-name": "gw" } },
  picker: { namespace: "llm-d", labels: { inferencepool: "llm-d-gaie-epp" } },
  model: { namespace: "llm-d", labels: { "llm-d.ai/inference-serving": "true", "llm-d.ai/model": "ms" } },
  validation: { namespace: "llm-d", labels: { job: "validation" } },
  istiod: { namespace: "istio-system", labels: { app: "istiod" } },
  prometheus: { namespace: "llm-d-monitoring", labels: { app: "prometheus" } },
  stranger: { namespace: "default", labels: { "gateway.networking.k8s.io/gateway-name": "gw" } },
} satisfies Record<string, Pod>;
type Name = keyof typeof PODS;

const selects = (selector: Selector, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(selector).every(([key, value]) => (value === true ? key in labels : labels[key] === value));

const includes = (peer: Peer, from: Pod): boolean =>
  peer === "anybody" ||
  ((peer.namespace ?? from.namespace) === from.namespace && selects(peer.labels ?? {}, from.labels));

/** Whether a connection is taken, as NetworkPolicies are defined: by any policy that is for the pod, or when none is. */
function taken(from: Pod, to: Pod, port: number, rules: readonly IngressRule[] = RULES): boolean {
  const ours = rules.filter(({ namespace, pods }) => namespace === to.namespace && selects(pods, to.labels));
  return (
    ours.length === 0 ||
    ours.some((rule) => rule.from.some((one) => includes(one.peer, from) && one.ports.includes(port)))
  );
}

/** What the graph needs. */
const NEEDED: [from: Name, to: Name, port: number][] = [
  ["stranger", "gateway", 443],
  ["validation", "gateway", 443],
  ["stranger", "gateway", 15021],
  ["gateway", "istiod", 15012],
  ["stranger", "istiod", 15017],
  ["gateway", "picker", 9002],
  ["gateway", "model", 8000],
  ["picker", "model", 8000],
  ["prometheus", "gateway", 15090],
  ["prometheus", "gateway", 15020],
  ["prometheus", "picker", 9090],
  ["prometheus", "model", 8000],
  ["prometheus", "istiod", 15014],
];

describe("network policies", () => {
  it("let in what the graph needs", () => {
    for (const [from, to, port] of NEEDED) assert.ok(taken(PODS[from], PODS[to], port), `${from} to ${to}:${port}`);
  });

  it("let in nothing else, of all pods to all pods on all ports of any of them", () => {
    const ports = [443, 8000, 8080, 9002, 9003, 9090, 15000, 15010, 15012, 15014, 15017, 15020, 15021, 15090];
    const ours = (["gateway", "picker", "model", "validation", "istiod"] as const).flatMap((to) =>
      (Object.keys(PODS) as Name[]).flatMap((from) => ports.map((port) => [from, to, port] as const)),
    );
    // Listeners that anybody may reach are needed from everywhere.
    const open = (to: Name, port: number) =>
      NEEDED.some(([from, ...rest]) => from === "stranger" && rest[0] === to && rest[1] === port);
    const needed = (from: Name, to: Name, port: number) =>
      open(to, port) || NEEDED.some((one) => one[0] === from && one[1] === to && one[2] === port);
    const wrong = ours.filter(([from, to, port]) => taken(PODS[from], PODS[to], port) !== needed(from, to, port));
    assert.deepEqual(wrong, []);
  });

  it("keep a request straight to a model server out, past the gateway and its tokens", () => {
    assert.ok(!taken(PODS.stranger, PODS.model, 8000));
    assert.ok(!taken(PODS.validation, PODS.model, 8000));
    // Not even with the gateway's labels, in another namespace.
    assert.equal(PODS.stranger.labels["gateway.networking.k8s.io/gateway-name"], "gw");
  });

  it("let in a Prometheus that is there already by the label of its pods, in any namespace", () => {
    const rules = ingressRules({
      namespace: "llm-d",
      istioNamespace: "istio-system",
      gatewayName: "gw",
      gatewayPort: 443,
      modelPort: 8000,
      scrapers: SCRAPERS["bring-your-own"],
    });
    const theirs = { namespace: "observability", labels: { "app.kubernetes.io/name": "prometheus" } };
    assert.ok(taken(theirs, PODS.model, 8000, rules) && !taken(theirs, PODS.model, 9090, rules));
    assert.ok(!taken({ ...theirs, labels: {} }, PODS.model, 8000, rules));
  });

  it("are written as the API takes them", () => {
    const spec = policySpec(RULES.find(({ name }) => name === "to-endpoint-picker") as IngressRule);
    assert.deepEqual(spec, {
      podSelector: { matchExpressions: [{ key: "inferencepool", operator: "Exists" }] },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "llm-d" } },
              podSelector: { matchLabels: { "gateway.networking.k8s.io/gateway-name": "gw" } },
            },
          ],
          ports: [{ protocol: "TCP", port: 9002 }],
        },
        {
          from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "llm-d-monitoring" } } }],
          ports: [{ protocol: "TCP", port: 9090 }],
        },
      ],
    });
    const deny = policySpec(RULES[0] as IngressRule);
    assert.deepEqual(deny, { podSelector: {}, policyTypes: ["Ingress"], ingress: [] });
  });
});
