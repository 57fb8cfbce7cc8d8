import * as assert from "node:assert/strict";
import type { ClusterFacts } from "../../../../../stacks/platforms/inspection/facts";
import { judge, kubernetesMinor, refuse } from "../../../../../stacks/platforms/inspection/inspection";
import type { Wanted } from "../../../../../stacks/platforms/inspection/wanted";
import { OWNER_ANNOTATION } from "../../../../../components/cluster/owner";
import {
  cluster,
  crd,
  gatewayApi,
  GATEWAY_API,
  GATEWAYS,
  INFERENCE,
  manifest,
  OURS,
  OWNER,
  POOLS,
  ROUTES,
  FOREIGN,
  VIRTUAL_SERVICES,
  wanted,
} from "../../../../support/clusterFacts";

const ADOPT = wanted({ adopt: ["gateway-api"] });

/** Refused clusters: facts, requirements, and a pattern for each finding with its remedy. */
const REFUSED: [name: string, facts: Partial<ClusterFacts>, wanted: Wanted, ...says: RegExp[]][] = [
  ["Kubernetes 1.27", { kubernetes: "v1.27.16" }, wanted(), /Kubernetes v1\.27\.16 is too old.*1\.28 or later/],
  ["a cluster without a version", { kubernetes: "" }, wanted(), /version is unknown.*1\.28 or later/],
  [
    "a cluster without the sleep action, when the endpoint picker drains",
    { kubernetes: "v1.29.6+aba1e8d" },
    wanted({ pickerDrains: true }),
    /endpointPicker\.drainSeconds.*endpointPicker\.drainSeconds to 0.*1\.30 or later/,
  ],
  [
    "a namespace of another owner",
    { namespaces: { "llm-d": FOREIGN } },
    wanted(),
    /namespace llm-d exists already and was made by somebody else.*llm-d:namespace to another name/,
  ],
  [
    "a namespace of another stack",
    { namespaces: { "llm-d": { annotations: { [OWNER_ANNOTATION]: "llm-d/prod" } } } },
    wanted(),
    /made by the stack llm-d\/prod/,
  ],
  [
    "an istiod in another namespace, with its revision tag and Istio's CRDs",
    {
      istiods: [{ namespace: "mesh", name: "istiod-1-26" }],
      webhooks: [{ name: "istio-revision-tag-prod", namespace: "mesh" }],
      crds: [crd(VIRTUAL_SERVICES)],
    },
    wanted(),
    /already has an Istio: istiod mesh\/istiod-1-26; webhooks istio-revision-tag-prod; CRDs virtualservices.*istioctl uninstall --purge/,
  ],
  [
    "an Istio in istio-system",
    { namespaces: { "istio-system": FOREIGN }, istiods: [{ namespace: "istio-system", name: "istiod" }] },
    wanted(),
    /namespace istio-system exists already.*Remove it first/,
    /already has an Istio: istiod istio-system\/istiod/,
  ],
  [
    "webhooks of a removed Istio",
    { webhooks: [{ name: "istio-validator-old", namespace: "old" }] },
    wanted(),
    /already has an Istio: webhooks istio-validator-old/,
  ],
  [
    "an Istio webhook that calls a URL",
    { namespaces: { "istio-system": OURS }, webhooks: [{ name: "istiod-remote", namespace: undefined }] },
    wanted(),
    /webhooks istiod-remote/,
  ],
  [
    "a Gateway API of another owner",
    { crds: gatewayApi("v1.2.1") },
    wanted(),
    /Gateway API v1\.2\.1 is already installed and was not made by this stack: gateways.*httproutes.*llm-d:kubernetes\.crds\.gatewayApi to adopt/,
  ],
  [
    "a Gateway API of another stack",
    { crds: gatewayApi("v1.3.0", ["v1"], { [OWNER_ANNOTATION]: "llm-d/other" }) },
    wanted(),
    /was made by the stack llm-d\/other/,
  ],
  [
    "an Inference Extension of another owner",
    { crds: [crd(POOLS, ["v1alpha2"], { [INFERENCE]: "v0.5.1" })] },
    wanted(),
    /Inference Extension v0\.5\.1 is already installed.*inferenceExtension to adopt/,
  ],
  [
    "an existing CRD of an optional part, with the advice of that part",
    { crds: [crd("probes.monitoring.example.com")] },
    wanted({
      bundles: [
        {
          bundle: "monitoring",
          title: "The operator",
          crds: [manifest("probes.monitoring.example.com", ["v1"])],
          choice: "install",
          remedy: "Set llm-d:monitoring to off.",
        },
      ],
    }),
    /The operator is already installed and was not made by this stack: probes\S+ .*Set llm-d:monitoring to off\./,
  ],
  [
    "missing GPUs with a preinstalled operator",
    { gpus: { operands: [], nodes: [], policies: [{ name: "p", state: "notReady", conditions: [] }] } },
    wanted({ gpus: { policy: false, nodes: [{ name: "GPU nodes", minimum: 1 }] } }),
    /gpu\.operator is preinstalled, but the GPUs are not ready: ClusterPolicy p is notReady; no node is known.*gpu\.operator to helm/,
  ],
  ["an adoption of CRDs that are not installed", {}, ADOPT, /none of it is installed.*gatewayApi to install/],
  [
    "an adoption of CRDs that are installed only in part",
    { crds: gatewayApi("v1.3.0").slice(0, 1) },
    ADOPT,
    /only a part of it is installed; missing: httproutes.*such as v1\.3\.0/,
  ],
  [
    "an adoption of the stack's own CRDs",
    { crds: gatewayApi("v1.3.0", ["v1", "v1beta1"], OURS.annotations) },
    ADOPT,
    /this stack owns it: gateways.*would delete it.*back to install.*pulumi state delete/,
  ],
  [
    "an adoption of a release that is too old",
    { crds: gatewayApi("v1.0.0") },
    ADOPT,
    /gateways.*, httproutes.* have v1\.0\.0 in gateway\.networking.*v1\.2\.0 is the oldest.*does not upgrade it, because others use it.*v1\.3\.0/,
  ],
  [
    "an adoption of a CRD without a release",
    { crds: [crd(GATEWAYS, ["v1", "v1beta1"]), crd(ROUTES, ["v1", "v1beta1"], { [GATEWAY_API]: "v1.3.0" })] },
    ADOPT,
    /gateways\S+ has no release in/,
  ],
  [
    "an adoption of a release that no longer serves a version",
    { crds: gatewayApi("v1.9.0", ["v1"]) },
    ADOPT,
    /does not serve the versions that this lane's controllers watch: gateways\S+ v1beta1, httproutes\S+ v1beta1/,
  ],
  [
    "an adoption of an Inference Extension without v1alpha2",
    { crds: [crd(POOLS, ["v1"], { [INFERENCE]: "v1.5.0" })] },
    wanted({ adopt: ["inference-extension"] }),
    /does not serve.*inferencepools\S+ v1alpha2/,
  ],
  [
    "a policy that forbids older releases of Gateway API",
    { admissionPolicies: ["safe-upgrades.gateway.networking.k8s.io"] },
    wanted(),
    /safe-upgrades.*refuses v1\.3\.0.*kubectl delete validatingadmissionpolicy/,
  ],
  [
    "a GatewayClass istio of another controller",
    { gatewayClasses: [{ name: "istio", controller: "example.com/gateways" }] },
    wanted(),
    /GatewayClass istio belongs to example\.com\/gateways.*gateway\.className/,
  ],
  [
    "kGateway",
    {
      crds: [crd("gatewayparameters.gateway.kgateway.dev")],
      gatewayClasses: [{ name: "kgateway", controller: "kgateway.dev/kgateway" }],
    },
    wanted(),
    /already has the controller kGateway: CRD gatewayparameters\S+, GatewayClass kgateway.*same InferencePools.*uninstall it/,
  ],
  [
    "llm-d's model service operator",
    { crds: [crd("modelservices.llm-d.ai")] },
    wanted(),
    /operator that installs llm-d: .*modelservices/,
  ],
  [
    "the LLM-D operator",
    { crds: [crd("llmds.llmd.opendatahub.io")] },
    wanted(),
    /operator that installs llm-d: .*llmds\.llmd/,
  ],
  [
    "a second GPU operator",
    {
      gpuOperators: [{ namespace: "nvidia", name: "gpu-operator" }],
      devicePlugins: [{ namespace: "kube-system", name: "nvidia-device-plugin-daemonset" }],
    },
    wanted({ gpuOperator: true }),
    /Deployment nvidia\/gpu-operator, DaemonSet kube-system\/nvidia-device-plugin-daemonset.*gpu\.operator to preinstalled/,
  ],
  [
    "missing CRDs and a missing namespace of the configured monitoring",
    { crds: [crd("podmonitors.monitoring.coreos.com")] },
    wanted({ monitoring: { operator: true, namespace: "prom" } }),
    /the CRDs of the Prometheus Operator do not exist: prometheusrules\.monitoring\.coreos\.com\. .*bringYourOwn\.operator to false/,
    /The namespace prom.*does not exist.*bringYourOwn\.namespace/,
  ],
];

/** Accepted clusters. */
const ACCEPTED: [name: string, facts: Partial<ClusterFacts>, wanted: Wanted][] = [
  ["a new cluster", {}, wanted()],
  ["Kubernetes 1.28", { kubernetes: "v1.28.0" }, wanted()],
  [
    "the objects of an earlier up of the same stack",
    {
      namespaces: { "istio-system": OURS, "llm-d": OURS },
      crds: [...gatewayApi("v1.3.0", [], OURS.annotations), crd(VIRTUAL_SERVICES, [], OURS.annotations)],
      istiods: [{ namespace: "istio-system", name: "istiod" }],
      webhooks: [{ name: "istio-sidecar-injector", namespace: "istio-system" }],
      gatewayClasses: [
        { name: "istio", controller: "istio.io/gateway-controller" },
        { name: "istio-waypoint", controller: "istio.io/mesh-controller" },
      ],
    },
    wanted(),
  ],
  ["an older cluster, when the endpoint picker does not drain", { kubernetes: "v1.28.0" }, wanted()],
  ["an adoption of Gateway API v1.2.1", { crds: gatewayApi("v1.2.1") }, ADOPT],
  ["an adoption of a newer Gateway API", { crds: gatewayApi("v1.5.1", ["v1", "v1beta1", "v2"]) }, ADOPT],
  [
    "an adopted Gateway API with a policy that forbids older releases",
    { crds: gatewayApi("v1.5.1"), admissionPolicies: ["safe-upgrades.gateway.networking.k8s.io"] },
    ADOPT,
  ],
  [
    "a GPU operator of another owner, when the stack installs none",
    { gpuOperators: [{ namespace: "nvidia", name: "gpu-operator" }] },
    wanted(),
  ],
  [
    "the stack's own GPU operator",
    { namespaces: { gpus: OURS }, gpuOperators: [{ namespace: "gpus", name: "gpu-operator" }] },
    wanted({ gpuOperator: true }),
  ],
  [
    "an existing Prometheus Operator, when the stack uses it",
    {
      crds: ["podmonitors", "prometheusrules"].map((kind) => crd(`${kind}.monitoring.coreos.com`)),
      namespaces: { prom: FOREIGN },
    },
    wanted({ monitoring: { operator: true, namespace: "prom" } }),
  ],
  ["a Prometheus without an operator", {}, wanted({ monitoring: { operator: false } })],
  ["CRDs with similar names", { crds: [crd("gateways.networking.example.com"), crd("models.llm-d.ai")] }, wanted()],
];

describe("the inspection of a cluster", () => {
  for (const [name, facts, wants, ...says] of REFUSED) {
    it(`refuses ${name}`, () => {
      const findings = judge(cluster(facts), wants);
      assert.equal(findings.length, says.length, JSON.stringify(findings));
      findings.forEach(({ found, remedy }, index) => assert.match(`${found} ${remedy}`, says[index] as RegExp));
    });
  }

  for (const [name, facts, wants] of ACCEPTED) {
    it(`accepts ${name}`, () => {
      assert.deepEqual(judge(cluster(facts), wants), []);
    });
  }

  it("throws one error with all findings, the cluster, and the fact that nothing was changed", () => {
    const findings = judge(cluster({ kubernetes: "v1.20.0", crds: gatewayApi("v1.0.0") }), wanted());
    assert.throws(
      () => refuse(findings, "the cluster of context prod"),
      /cannot be made in the cluster of context prod, for 2 reasons\. Nothing was changed\.\n {2}- Kubernetes.*\n {4}Use.*\n {2}- Gateway API/,
    );
    assert.doesNotThrow(() => refuse([], "anywhere"));
  });

  it("writes each finding and each remedy as a sentence", () => {
    for (const [, facts, wants] of REFUSED) {
      for (const { found, remedy } of judge(cluster(facts), wants)) {
        assert.match(found, /^[A-Z].*[.)]$/);
        assert.match(remedy, /^[A-Z]/);
      }
    }
  });

  it("reads the minor version of every distribution", () => {
    assert.deepEqual(["v1.33.4", "v1.29.6+aba1e8d", "v1.30.1-gke.12", "1.28", "2.0.0", ""].map(kubernetesMinor), [
      33,
      29,
      30,
      28,
      undefined,
      undefined,
    ]);
  });

  it("decides the owner of an object only by the stack's name", () => {
    assert.equal(OURS.annotations[OWNER_ANNOTATION], OWNER);
    assert.equal(judge(cluster({ namespaces: { "llm-d": OURS } }), wanted({ owner: "llm-d/another" })).length, 1);
  });
});
