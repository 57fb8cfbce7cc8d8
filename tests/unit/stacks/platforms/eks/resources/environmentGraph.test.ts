import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parseConfig, type RawConfig } from "../../../../../../stacks/config";
import { buildEnvironment, PROJECT_ROOT } from "../../../../../../stacks/environment";
import { emptyMirror } from "../../../../../support/emptyMirror";
import { type Made, make, ofType, only, prerequisites } from "../../../../../support/eksResources";
import { explicitDependencies, type ExplicitDependency } from "../../../../../support/explicitDependencies";

const ZONES = { names: ["us-east-1a", "us-east-1b", "us-east-1c"], zoneIds: ["use1-az1", "use1-az2", "use1-az4"] };

const CALLER = { accountId: "123456789012", arn: "arn:aws:iam::123456789012:user/me", userId: "AIDA" };

/** Every optional part is on: a part that is off would hide its dependencies. */
const AWS = {
  name: "llm-d-dev",
  region: "us-east-1",
  tags: { team: "serving" },
  network: { nat: "perZone", interfaceEndpoints: true, flowLogs: { enabled: true } },
  cluster: { adminPrincipals: ["arn:aws:iam::123456789012:role/admin"] },
  gpuNodes: {
    efa: true,
    zone: "us-east-1a",
    placementGroup: true,
    schedule: { timeZone: "Europe/Berlin", start: "0 8 * * 1-5", stop: "0 18 * * 1-5" },
  },
};

/** Explicit dependencies that no order below needs, with the reason. */
const UNPROTECTED: Readonly<Record<string, string>> = {
  "GatewayPods llm-d-infra-inference-gateway-pods waits for Istio istio":
    "it only holds settings; the gateway that uses them waits for istiod itself",
  "GpuOperator gpu-operator waits for EfaDevicePlugin efa-device-plugin": "its namespace, next to it, waits too",
  "GpuOperator gpu-operator waits for WorkloadAddons llm-d-dev": "its namespace, next to it, waits too",
  "ModelServer ms waits for HuggingFaceSecret llm-d-hf-token":
    "its release waits by a property, and its disruption budget needs no token",
  "ModelServer ms waits for ModelServerAccount llm-d-model-server":
    "its release waits by a property, and its disruption budget needs no account",
  "MonitoringObjects monitoring waits for OwnedNamespace istio-system":
    "its objects are in this namespace only when monitors are beside their targets",
  "MonitoringObjects monitoring waits for OwnedNamespace llm-d":
    "its objects are in this namespace only without a monitoring stack of its own",
  "OwnedNamespace gpu-operator waits for EfaDevicePlugin efa-device-plugin": "the release in it waits too",
  "OwnedNamespace gpu-operator waits for WorkloadAddons llm-d-dev": "the release in it waits too",
};

/** The sources in which no explicit dependency may escape the recorded graph: the AWS resources, and what wires them. */
const SOURCES = [
  "stacks/platforms/eks/build.ts",
  ...fs
    .readdirSync(path.join(PROJECT_ROOT, "stacks/platforms/eks/resources"))
    .map((file) => `stacks/platforms/eks/resources/${file}`),
];

/** An explicit dependency: in options, or passed to a helper that makes a child's options. */
const DEPENDENCY = /\bdependsOn: \[[^\]]+\]|\b(?:child|inCluster)\((?!\.\.\.more)[^()]+\)/g;

/** Line of the innermost call that has this place of a text among its arguments. */
function lineOfCall(text: string, place: number): number {
  let at = place;
  for (let open = 0; open < 1 && at > 0;) open += { "(": 1, ")": -1 }[text[--at]!] ?? 0;
  return text.slice(0, at).split("\n").length;
}

/** The last part of a resource's type, and its name. */
const label = ({ type, name }: Made) => `${type.split(":").at(-1)} ${name}`;

describe("the graph of an environment on eks", function () {
  // Building the whole environment several times takes seconds, and longer on a busy machine.
  this.timeout(120_000);
  let mirror = "";
  const invokes: [string, Record<string, unknown>][] = [];
  const build = (change: RawConfig = {}): Promise<Made[]> => {
    const config = parseConfig(
      {
        platform: "eks",
        models: [{ name: "meta-llama/Llama-3.1-8B-Instruct" }],
        charts: { mirror },
        aws: { ...AWS, ...change },
      },
      { value: "hf_notARealTokenOfAnybody", secret: true },
    );
    return make(
      () => buildEnvironment(config),
      (token, inputs) => {
        invokes.push([token, inputs]);
        if (token === "aws:index/getAvailabilityZones:getAvailabilityZones") return ZONES;
        if (token === "aws:index/getCallerIdentity:getCallerIdentity") return CALLER;
        throw new Error(`not mocked: ${token}`);
      },
    );
  };
  let made: Made[] = [];
  let explicit: readonly ExplicitDependency[] = [];
  before(async () => {
    mirror = emptyMirror();
    made = await build();
    explicit = explicitDependencies(made);
  });
  after(() => fs.rmSync(mirror, { recursive: true, force: true }));

  /**
   * Each first resource is created before each second one and deleted after it, by an explicit dependency or a property. Names
   * are regular expressions.
   */
  const EDGES: readonly [string, string, string][] = [
    ["InternetGateway llm-d-dev-internet", "Eip .*", "an address in use keeps the gateway"],
    ["Route llm-d-dev-public-internet", "NatGateway .*", "NAT needs its route to the internet"],
    ["Route llm-d-dev-private-us-east-1a-nat", "Cluster llm-d-dev", "nodes need NAT until the end"],
    ["VpcEndpoint llm-d-dev-endpoint-s3", "Cluster llm-d-dev", "nodes load images through it"],
    ["RouteTableAssociation llm-d-dev-public-.*", "NatGateway .*", "the subnet needs its route"],
    [
      "SecurityGroupIngressRule llm-d-dev-endpoints-https",
      "VpcEndpoint llm-d-dev-endpoint-(?!s3).*",
      "it needs its firewall rule",
    ],
    ["RolePolicy llm-d-dev-flow-logs", "FlowLog llm-d-dev-flow-logs", "it needs its rights"],
    [
      "AccessEntry llm-d-dev-admin-123456789012-role-admin",
      "AccessPolicyAssociation llm-d-dev-admin-123456789012-role-admin",
      "rights are given to an entry",
    ],
    ["LogGroup llm-d-dev-control-plane", "Cluster llm-d-dev", "otherwise EKS makes the group"],
    [
      "RolePolicyAttachment llm-d-dev-cluster-AmazonEKSClusterPolicy",
      "Cluster llm-d-dev",
      "EKS deletes with these rights",
    ],
    ["RolePolicy llm-d-dev-cluster", "Cluster llm-d-dev", "the key is used until the end"],
    ["Addon llm-d-dev-eks-pod-identity-agent", "Addon llm-d-dev-vpc-cni", "the CNI gets its rights from the agent"],
    ["RolePolicyAttachment llm-d-dev-vpc-cni-AmazonEKS_CNI_Policy", "Addon llm-d-dev-vpc-cni", "it needs its rights"],
    ["AccessEntry llm-d-dev-admin-123456789012-role-admin", "kubernetes cluster", "administrators need access"],
    ["AccessEntry llm-d-dev-admin-123456789012-role-admin", "llmd-crds cluster-crds", "administrators need access"],
    ["Addon llm-d-dev-vpc-cni", "NodeGroup llm-d-dev-system", "no node is ready without it"],
    ["Addon llm-d-dev-kube-proxy", "NodeGroup llm-d-dev-system", "no node is ready without it"],
    ["Addon llm-d-dev-vpc-cni", "NodeGroup llm-d-dev-gpu", "no node is ready without it"],
    ["RolePolicyAttachment llm-d-dev-system-node-.*", "NodeGroup llm-d-dev-system", "it needs its rights"],
    ["RolePolicyAttachment llm-d-dev-gpu-node-.*", "NodeGroup llm-d-dev-gpu", "it needs its rights"],
    ["SecurityGroupIngressRule llm-d-dev-gpu-efa", "NodeGroup llm-d-dev-gpu", "EFA needs the rule"],
    ["SecurityGroupEgressRule llm-d-dev-gpu-efa", "NodeGroup llm-d-dev-gpu", "EFA needs the rule"],
    ["PlacementGroup llm-d-dev-gpu", "NodeGroup llm-d-dev-gpu", "instances use it until the end"],
    ["NodeGroup llm-d-dev-gpu", "Schedule llm-d-dev-gpu-stop", "the schedule is part of the group"],
    ["NodeGroup llm-d-dev-system", "Addon llm-d-dev-coredns", "it runs on nodes"],
    ["NodeGroup llm-d-dev-system", "Addon llm-d-dev-eks-node-monitoring-agent", "it runs on nodes"],
    ["Addon llm-d-dev-aws-ebs-csi-driver", "Namespace llm-d", "the driver deletes its volumes"],
    ["NodeGroup llm-d-dev-system", "Addon llm-d-dev-aws-ebs-csi-driver", "it runs on nodes"],
    [
      "RolePolicyAttachment llm-d-dev-ebs-csi-AmazonEBSCSIDriverPolicy",
      "Addon llm-d-dev-aws-ebs-csi-driver",
      "it needs its rights",
    ],
    ["Addon llm-d-dev-aws-ebs-csi-driver", "StorageClass gp3", "claims need the driver"],
    ["Addon llm-d-dev-coredns", "Release aws-load-balancer-controller", "it looks up AWS by name"],
    ["PodIdentityAssociation llm-d-dev-load-balancer", "Release aws-load-balancer-controller", "pods get it at start"],
    ["RolePolicy llm-d-dev-load-balancer", "Release aws-load-balancer-controller", "it needs its rights"],
    [
      "CustomResourceDefinition things.aws-load-balancer-controller-crds.example.com",
      "Release aws-load-balancer-controller",
      "it needs its CRDs",
    ],
    ["Release aws-load-balancer-controller", "Namespace llm-d", "the controller deletes the load balancer"],
    ["Namespace llm-d", "Gateway llm-d-infra-inference-gateway", "the Service is in it"],
    ["Release istiod", "Gateway llm-d-infra-inference-gateway", "istiod creates and deletes the Service"],
    ["Addon llm-d-dev-coredns", "Release istio-base", "istiod needs nodes with DNS"],
    ["Release istio-base", "Release istiod", "istiod needs the objects of this chart"],
    [
      "CustomResourceDefinition things.(gateway-api|inference-extension|istio-crds).example.com",
      "Release istiod",
      "istiod looks for its CRDs only when it starts",
    ],
    ["Gateway llm-d-infra-inference-gateway", "Release llm-d-gaie", "endpoint pickers serve a gateway"],
    ["Namespace llm-d", "NetworkPolicy network-policies-llm-d-.*", "it is in this namespace"],
    ["Namespace istio-system", "NetworkPolicy network-policies-istio-system-.*", "it is in this namespace"],
    ["NodeGroup llm-d-dev-gpu", "Release aws-efa-k8s-device-plugin", "its pods run there"],
    ["Release aws-efa-k8s-device-plugin", "Release gpu-operator", "GPU nodes are complete with their network devices"],
    ["Release aws-efa-k8s-device-plugin", "Release ms", "models need the network devices"],
    ["NodeGroup llm-d-dev-gpu", "Release ms", "models are deleted before their nodes"],
    ["Addon llm-d-dev-aws-ebs-csi-driver", "Namespace llm-d-monitoring", "the driver deletes its volumes"],
    ["StorageClass gp3", "Release kube-prometheus-stack", "Prometheus asks for a volume"],
    [
      "CustomResourceDefinition things.prometheus-operator-crds.example.com",
      "Release kube-prometheus-stack",
      "it needs its CRDs",
    ],
    ["Secret kube-prometheus-stack-grafana-admin", "Release kube-prometheus-stack", "Grafana starts with its password"],
    [
      "CustomResourceDefinition things.prometheus-operator-crds.example.com",
      "PodMonitor llm-d-model-servers",
      "it needs its CRD",
    ],
    [
      "CustomResourceDefinition things.prometheus-operator-crds.example.com",
      "PrometheusRule monitoring-rules",
      "it needs its CRD",
    ],
    ["Secret monitoring-metrics-reader-token", "PodMonitor .*", "the operator reads the token at once"],
    ["Namespace llm-d-monitoring", "PodMonitor .*", "it is in this namespace"],
    ["NodeGroup llm-d-dev-gpu", "Release gpu-operator", "its operands run there"],
    ["Addon llm-d-dev-coredns", "Release gpu-operator", "it runs on nodes with DNS"],
    ["CustomResourceDefinition things.gpu-operator-crds.example.com", "Release gpu-operator", "it needs its CRDs"],
    ["CustomResourceDefinition things.nvidia-driver-crds.example.com", "Release gpu-operator", "it needs its CRDs"],
    [
      "CustomResourceDefinition things.node-feature-discovery-crds.example.com",
      "Release gpu-operator",
      "it needs its CRDs",
    ],
    ["Namespace gpu-operator", "Release gpu-operator", "the release is in it"],
    ["Release gpu-operator", "ConfigMap gpu-readiness", "it makes nodes advertise GPUs"],
    ["NodeGroup llm-d-dev-gpu", "ConfigMap gpu-readiness", "the GPUs are on these nodes"],
    ["Namespace llm-d", "ConfigMap gpu-readiness", "the smoke test runs where the models do"],
    ["ConfigMap gpu-readiness", "Release ms", "models need advertised GPUs"],
  ];
  const matching = (pattern: string, graph: readonly Made[]): Made[] => {
    const whole = new RegExp(`^(${pattern})$`);
    return graph.filter((resource) => resource.custom && whole.test(label(resource)));
  };
  /** The pairs of a first and a second resource that a graph does not order. */
  const unordered = ([first, then]: (typeof EDGES)[number], graph: readonly Made[]): string[] => {
    const firsts = matching(first, graph);
    return matching(then, graph).flatMap((resource) => {
      const before = prerequisites(resource, graph);
      return firsts.filter(({ urn }) => !before.has(urn)).map((one) => `${label(one)}, ${label(resource)}`);
    });
  };
  for (const edge of EDGES) {
    const [first, then, why] = edge;
    it(`creates ${first} before ${then}: ${why}`, () => {
      for (const pattern of [first, then]) assert.notDeepEqual(matching(pattern, made), [], pattern);
      assert.deepEqual(unordered(edge, made), []);
    });
  }

  it("would miss an order above without any one explicit dependency, unless the rest of the graph implies it", () => {
    const kept = EDGES.filter((edge) => unordered(edge, made).length === 0);
    const unprotected = explicit
      .filter(({ without }) => kept.every((edge) => unordered(edge, without).length === 0))
      .map(({ holder, target }) => `${label(holder)} waits for ${label(target)}`);
    assert.deepEqual(unprotected.sort(), Object.keys(UNPROTECTED).sort());
  });

  it("has all explicit dependencies in the sources of the platform, and needs each", () => {
    const calls = explicit.flatMap(({ holder }) => {
      // Without the calls that made the component around it, which has dependencies of its own.
      const component = made.find(({ urn }) => urn === holder.parent);
      return holder.calls.filter((call) => !component?.calls.includes(call));
    });
    const left = SOURCES.flatMap((file) => {
      const text = fs.readFileSync(path.join(PROJECT_ROOT, file), "utf8");
      return [...text.matchAll(DEPENDENCY)]
        .map(({ index, 0: found }) => ({ found, line: lineOfCall(text, index) }))
        .filter(({ line }) => !calls.some((call) => call.includes(`${file}:${line}:`)))
        .map(({ found, line }) => `${file}:${line}: ${found}`);
    });
    assert.deepEqual(left, []);
  });

  it("creates GPU nodes and the gateway in parallel, without a dependency between them", () => {
    const gateway = prerequisites(only(made, "Gateway"), made);
    assert.ok(!gateway.has(only(made, "NodeGroup", "llm-d-dev-gpu").urn));
    const gpuNodes = prerequisites(only(made, "NodeGroup", "llm-d-dev-gpu"), made);
    assert.ok(!gpuNodes.has(only(made, "NodeGroup", "llm-d-dev-system").urn));
  });

  it("deletes objects that hold resources outside the cluster, and the others with the cluster", () => {
    const cluster = only(made, "Cluster", "llm-d-dev").urn;
    const byUrn = new Map(made.map((resource) => [resource.urn, resource]));
    /** As in the engine, a child inherits it from its parent. */
    const deletedWith = (resource: Made | undefined): string =>
      resource === undefined ? "" : resource.deletedWith || deletedWith(byUrn.get(resource.parent));
    const really = made
      .filter(({ type, custom }) => custom && type.startsWith("kubernetes:"))
      .filter((resource) => deletedWith(resource) !== cluster)
      .map(label);
    assert.deepEqual(really.sort(), [
      "Gateway llm-d-infra-inference-gateway",
      "Namespace llm-d",
      "Namespace llm-d-monitoring",
      "PodDisruptionBudget ms-llm-d-modelservice",
      "Release ms",
    ]);
    for (const resource of made.filter(({ type }) => type.startsWith("aws:"))) {
      assert.equal(deletedWith(resource), "", `${resource.name} would be forgotten, and cost`);
    }
  });

  it("gives each resource the one provider of its kind, and the provider tags every AWS resource", () => {
    const [aws, ...others] = ofType(made, "aws");
    assert.equal(others.length, 0);
    assert.deepEqual(aws?.inputs["region"], "us-east-1");
    assert.deepEqual(JSON.parse(String(aws?.inputs["defaultTags"])), {
      tags: { team: "serving", "llm-d.ai/environment": "llm-d/test" },
    });
    const kubernetes = only(made, "kubernetes", "cluster");
    for (const { type, provider, name } of made.filter(({ custom }) => custom)) {
      const wanted = { aws, kubernetes }[type.split(":")[0] ?? ""];
      if (wanted !== undefined) assert.ok(provider.startsWith(`${wanted.urn}::`), `${type} ${name}: ${provider}`);
    }
  });

  it("discovers zones only if none are configured, and excludes zones without EKS", async () => {
    const lookUps = () => invokes.filter(([token]) => token === "aws:index/getAvailabilityZones:getAvailabilityZones");
    const asked = lookUps();
    assert.deepEqual(asked[0]?.[1]["excludeZoneIds"], ["use1-az3", "usw1-az2", "cac1-az3"]);
    const given = await build({ network: { zones: ["us-east-1a", "us-east-1d"] } });
    assert.equal(lookUps().length, asked.length);
    assert.equal(ofType(given, "Subnet").length, 4);
  });

  it("keeps all URNs when the changed settings need no new resources", async () => {
    const other = await build({
      tags: { team: "other" },
      cluster: { ...AWS.cluster, version: "1.32", logRetentionDays: 7 },
      gpuNodes: { ...AWS.gpuNodes, maxSize: 3, diskGiB: 500 },
    });
    assert.deepEqual(other.map(({ urn }) => urn).sort(), made.map(({ urn }) => urn).sort());
  });
});
