import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { parseConfig, type RawConfig } from "../../../../../../stacks/config";
import { buildEnvironment } from "../../../../../../stacks/environment";
import { emptyMirror } from "../../../../../support/emptyMirror";
import { type Made, make, ofType, only, prerequisites } from "../../../../../support/eksResources";

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
  before(async () => {
    mirror = emptyMirror();
    made = await build();
  });
  after(() => fs.rmSync(mirror, { recursive: true, force: true }));

  /**
   * Each first resource is created before the second and deleted after it, by an explicit dependency or a property. A
   * component includes all its children.
   */
  const EDGES: readonly [string, string, string][] = [
    ["InternetGateway llm-d-dev-internet", "Eip llm-d-dev-nat-us-east-1a", "an address in use keeps the gateway"],
    ["Route llm-d-dev-public-internet", "NatGateway llm-d-dev-nat-us-east-1a", "NAT needs its route to the internet"],
    ["Route llm-d-dev-private-us-east-1a-nat", "Cluster llm-d-dev", "nodes need NAT until the end"],
    ["VpcEndpoint llm-d-dev-endpoint-s3", "Cluster llm-d-dev", "nodes load images through it"],
    [
      "RouteTableAssociation llm-d-dev-public-us-east-1a",
      "NatGateway llm-d-dev-nat-us-east-1a",
      "the subnet needs its route",
    ],
    [
      "SecurityGroupIngressRule llm-d-dev-endpoints-https",
      "VpcEndpoint llm-d-dev-endpoint-sts",
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
    ["Addon llm-d-dev-vpc-cni", "NodeGroup llm-d-dev-system", "no node is ready without it"],
    ["Addon llm-d-dev-kube-proxy", "NodeGroup llm-d-dev-system", "no node is ready without it"],
    ["Addon llm-d-dev-vpc-cni", "NodeGroup llm-d-dev-gpu", "no node is ready without it"],
    [
      "RolePolicyAttachment llm-d-dev-system-node-AmazonEKSWorkerNodePolicy",
      "NodeGroup llm-d-dev-system",
      "it needs its rights",
    ],
    [
      "RolePolicyAttachment llm-d-dev-gpu-node-AmazonEKSWorkerNodePolicy",
      "NodeGroup llm-d-dev-gpu",
      "it needs its rights",
    ],
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
    ["NodeGroup llm-d-dev-gpu", "Release aws-efa-k8s-device-plugin", "its pods run there"],
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
    [
      "Secret monitoring-metrics-reader-token",
      "PodMonitor llm-d-endpoint-pickers",
      "the operator reads the token at once",
    ],
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
  for (const [first, then, why] of EDGES) {
    it(`creates ${first} before ${then}: ${why}`, () => {
      const [kind = "", name] = then.split(" ");
      const [firstKind = "", firstName] = first.split(" ");
      assert.ok(prerequisites(only(made, kind, name), made).has(only(made, firstKind, firstName).urn));
    });
  }

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
      .map(({ type, name }) => `${type.split(":").at(-1)} ${name}`);
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
