import * as assert from "node:assert/strict";
import { ALLOWANCES, type Allowances } from "../../../policy/allowances";
import { rules } from "../../../policy/rules";
import { encryption, protectedData } from "../../../policy/rules/data";
import { authenticatedGateway, privateClusterEndpoint, privateGateway } from "../../../policy/rules/exposure";
import { gpuNodes, gpuPods, instanceMetadata } from "../../../policy/rules/machines";
import { namedIam, namedRbac } from "../../../policy/rules/rights";
import { at, objects } from "../../../policy/rules/support";
import { OWNER_TAG, tagged } from "../../../policy/rules/tags";
import { isPinned, pinnedCharts, pinnedImages } from "../../../policy/rules/versions";
import { assertNoViolation, assertViolation, violations } from "../../support/policies";

const NONE: Allowances = { publicClusters: [], publicGateways: [], gpuNodes: {}, gpuNodesElsewhere: 1 };
const SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme";
const CLUSTER = "aws:eks/cluster:Cluster";
const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const POD = "kubernetes:core/v1:Pod";
const GPU = "nvidia.com/gpu";

const gateway = (scheme: string) => ({
  type: "kubernetes:gateway.networking.k8s.io/v1:Gateway",
  name: "gw",
  props: { metadata: { name: "gw" }, spec: { infrastructure: { annotations: { [SCHEME]: scheme } } } },
});
const service = (annotations: Record<string, string>) => ({
  type: "kubernetes:core/v1:Service",
  props: { metadata: { name: "grafana", annotations }, spec: { type: "LoadBalancer" } },
});

describe("rules on exposure", () => {
  const open = { type: CLUSTER, name: "c", props: { vpcConfig: { endpointPublicAccess: true } } };

  it("refuse a public API server, also when the setting is missing, unless the cluster is allowed by name", async () => {
    await assertViolation(privateClusterEndpoint(NONE), /public endpoint/, open);
    await assertViolation(privateClusterEndpoint(NONE), /public endpoint/, { ...open, props: { vpcConfig: {} } });
    await assertNoViolation(privateClusterEndpoint(NONE), {
      ...open,
      props: { vpcConfig: { endpointPublicAccess: false } },
    });
    await assertNoViolation(privateClusterEndpoint({ ...NONE, publicClusters: ["c"] }), open);
  });

  it("refuse a public gateway or load balancer, unless it is allowed by name for its stack", async () => {
    await assertViolation(privateGateway(NONE), /gw is internet-facing; make it internal/, gateway("internet-facing"));
    await assertNoViolation(privateGateway(NONE), gateway("internal"));
    await assertNoViolation(privateGateway({ ...NONE, publicGateways: ["test/gw"] }), gateway("internet-facing"));
    await assertViolation(
      privateGateway({ ...NONE, publicGateways: ["other/gw"] }),
      /allow test\/gw by name/,
      gateway("internet-facing"),
    );
    await assertViolation(privateGateway(NONE), /load balancer that is not marked as internal/, service({}));
    await assertNoViolation(privateGateway(NONE), service({ [SCHEME]: "internal" }));
  });

  it("refuse a public gateway without a policy that requires a token", async () => {
    const policy = (name: string, action: string) => ({
      type: "kubernetes:security.istio.io/v1:AuthorizationPolicy",
      props: { spec: { action, targetRefs: [{ kind: "Gateway", name }] } },
    });
    const open = gateway("internet-facing");
    await assertViolation(authenticatedGateway, /no policy requires a token/, open);
    await assertViolation(authenticatedGateway, /no policy requires/, open, policy("another", "DENY"));
    await assertViolation(authenticatedGateway, /no policy requires/, open, policy("gw", "ALLOW"));
    await assertNoViolation(authenticatedGateway, open, policy("gw", "DENY"));
    await assertNoViolation(authenticatedGateway, gateway("internal"));
  });
});

describe("rules on machines", () => {
  const metadata = (metadataOptions?: object) => ({ type: TEMPLATE, name: "t", props: { metadataOptions } });

  it("require IMDSv2 with a hop limit of 1", async () => {
    await assertNoViolation(instanceMetadata, metadata({ httpTokens: "required", httpPutResponseHopLimit: 1 }));
    await assertViolation(
      instanceMetadata,
      /httpTokens/,
      metadata({ httpTokens: "optional", httpPutResponseHopLimit: 1 }),
    );
    await assertViolation(
      instanceMetadata,
      /HopLimit/,
      metadata({ httpTokens: "required", httpPutResponseHopLimit: 2 }),
    );
    assert.equal((await violations(instanceMetadata, metadata())).length, 2);
  });

  it("require pods with GPUs to tolerate the GPU taint, and pods that tolerate it to have a GPU limit", async () => {
    const container = (limits: object) => ({ name: "c", image: "a:1", resources: { limits } });
    const tolerations = [{ key: GPU, operator: "Exists" }];
    const pod = (spec: object) => ({ type: POD, props: { spec } });
    await assertNoViolation(gpuPods, pod({ tolerations, containers: [container({ [GPU]: "1" })] }));
    await assertNoViolation(gpuPods, pod({ containers: [container({ cpu: "1" })] }));
    await assertViolation(gpuPods, /without a limit/, pod({ tolerations, containers: [container({ cpu: "1" })] }));
    await assertViolation(gpuPods, /does not tolerate/, pod({ containers: [container({ [GPU]: "1" })] }));
    // Device plugins run on every GPU node and use no GPU.
    await assertNoViolation(gpuPods, {
      type: "kubernetes:apps/v1:DaemonSet",
      props: { spec: { template: { spec: { tolerations, containers: [container({})] } } } },
    });
    const decode = { tolerations: [{ key: "other" }], containers: [container({ [GPU]: "4" })] };
    const release = { type: RELEASE, name: "ms", props: { chart: "./ms", values: { decode } } };
    await assertViolation(gpuPods, /^ms, decode requests/, release);
  });

  it("limit the GPU nodes of all groups of a stack to the agreed number", async () => {
    const group = (maxSize: number, stack: string, amiType = "AL2023_x86_64_NVIDIA") => ({
      type: "aws:eks/nodeGroup:NodeGroup",
      stack,
      props: { amiType, scalingConfig: { maxSize } },
    });
    const rule = gpuNodes({ ...NONE, gpuNodes: { prod: 3 } });
    await assertNoViolation(rule, group(1, "prod"), group(2, "prod"), group(9, "prod", "AL2023_x86_64_STANDARD"));
    await assertViolation(rule, /grow to 4 GPU nodes, 3 were agreed/, group(2, "prod"), group(2, "prod"));
    await assertViolation(rule, /grow to 2 GPU nodes, 1 were agreed/, group(2, "dev"));
  });
});

describe("rules on data", () => {
  it("require encryption", async () => {
    const disk = (encrypted?: string) => ({
      type: TEMPLATE,
      props: { blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { encrypted } }] },
    });
    await assertNoViolation(encryption, disk("true"));
    await assertViolation(encryption, /volume \/dev\/xvda/, disk());
    await assertViolation(encryption, /root volume/, { type: TEMPLATE, props: {} });
    await assertNoViolation(encryption, { type: CLUSTER, props: { encryptionConfig: { resources: ["secrets"] } } });
    await assertViolation(encryption, /secrets/, { type: CLUSTER, props: {} });
    await assertViolation(encryption, /enableKeyRotation/, { type: "aws:kms/key:Key", props: {} });
    await assertViolation(encryption, /set encrypted/, { type: "aws:efs/fileSystem:FileSystem", props: {} });
    const storageClass = (parameters: object) => ({
      type: "kubernetes:storage.k8s.io/v1:StorageClass",
      props: { provisioner: "ebs.csi.aws.com", parameters },
    });
    await assertViolation(encryption, /parameter encrypted/, storageClass({ type: "gp3" }));
    await assertNoViolation(encryption, storageClass({ encrypted: "true" }));
  });

  it("require protect for data that exists nowhere else", async () => {
    const bucket = { type: "aws:s3/bucket:Bucket", props: {} };
    await assertViolation(protectedData, /set the option protect/, bucket);
    await assertNoViolation(protectedData, { ...bucket, protect: true });
  });
});

describe("rules on versions", () => {
  const release = (chart: string, version?: string) => ({ type: RELEASE, props: { chart, version, values: {} } });

  it("require exact versions of charts, unless the chart is a local file", async () => {
    await assertNoViolation(pinnedCharts, release("istiod", "1.27.9"), release("oci://r/c", "v1.3.1"));
    await assertNoViolation(pinnedCharts, release("/mirror/istiod"), release("./istiod-1.27.9.tgz"));
    await assertViolation(pinnedCharts, /no version/, release("istiod"));
    await assertViolation(pinnedCharts, /1\.x/, release("istiod", "1.x"));
  });

  it("require a tag other than latest, or a digest, for images", async () => {
    assert.ok(isPinned("a/b:v1") && isPinned(`a/b@sha256:${"0".repeat(64)}`) && isPinned("r:5000/a:1"));
    assert.ok(!isPinned("a/b") && !isPinned("a/b:latest") && !isPinned("r:5000/a"));
    await assertViolation(pinnedImages, /pin the image busybox/, {
      type: POD,
      props: { spec: { containers: [{ image: "busybox" }] } },
    });
    const values = { image: { hub: "r", name: "epp", tag: "latest" }, pilot: { image: "pilot" } };
    await assertViolation(pinnedImages, /it, image: write an exact tag/, { type: RELEASE, props: { values } });
    await assertViolation(pinnedImages, /a\/b:latest/, { type: RELEASE, props: { values: { image: "a/b:latest" } } });
  });
});

describe("rules on rights", () => {
  it("refuse wildcards and cluster-admin in RBAC", async () => {
    const role = (rule: object) => ({
      type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
      props: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"], ...rule }] },
    });
    await assertNoViolation(namedRbac, role({}));
    for (const key of ["apiGroups", "resources", "verbs"]) {
      await assertViolation(namedRbac, new RegExp(`rules\\[0\\]\\.${key} is "\\*"`), role({ [key]: ["*"] }));
    }
    await assertViolation(namedRbac, /cluster-admin/, {
      type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
      props: { roleRef: { name: "cluster-admin" } },
    });
  });

  it("refuse wildcard actions, NotAction and AdministratorAccess in IAM", async () => {
    const policy = (statement: object) => ({
      type: "aws:iam/rolePolicy:RolePolicy",
      props: { policy: JSON.stringify({ Statement: { Effect: "Allow", Resource: "*", ...statement } }) },
    });
    await assertNoViolation(namedIam, policy({ Action: ["ec2:DescribeVpcs", "ec2:Describe*"] }));
    await assertNoViolation(namedIam, policy({ Effect: "Deny", Action: "*" }));
    await assertViolation(namedIam, /ec2:\* is allowed/, policy({ Action: ["ec2:*", "s3:GetObject"] }));
    await assertViolation(namedIam, /\* is allowed/, policy({ Action: "*" }));
    await assertViolation(namedIam, /NotAction/, policy({ NotAction: "iam:*" }));
    await assertViolation(namedIam, /attaches .*AdministratorAccess/, {
      type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      props: { policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
    });
  });
});

describe("rules on tags", () => {
  const owner = { [OWNER_TAG]: "llm-d/test" };

  it("require the owner tag on each AWS resource, in its own tags or the provider's default tags", async () => {
    const vpc = { type: "aws:ec2/vpc:Vpc", props: { tags: { Name: "x" } } };
    await assertViolation(tagged, /tag it/, vpc);
    await assertViolation(tagged, /tag it/, { ...vpc, props: {} });
    await assertNoViolation(tagged, { ...vpc, props: { tags: owner } });
    await assertNoViolation(tagged, { ...vpc, provider: { defaultTags: JSON.stringify({ tags: owner }) } });
    await assertNoViolation(tagged, { type: "aws:ec2/route:Route", props: {} });
  });

  it("require the owner tag on everything that a launch template launches", async () => {
    const specifications = ["instance", "volume", "network-interface"].map((resourceType) => ({
      resourceType,
      tags: owner,
    }));
    const template = (tagSpecifications: object[]) => ({ type: TEMPLATE, props: { tags: owner, tagSpecifications } });
    await assertNoViolation(tagged, template(specifications));
    await assertViolation(
      tagged,
      /launches \(volume\)/,
      template(specifications.filter((one) => one.resourceType !== "volume")),
    );
  });
});

describe("the policy pack", () => {
  it("makes every rule mandatory, with a unique name and a description", () => {
    const all = rules(ALLOWANCES);
    assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
    for (const rule of all) {
      assert.equal(rule.enforcementLevel, "mandatory", rule.name);
      assert.ok(rule.description.length > 20, rule.name);
    }
  });

  it("checks known values when other values of the object are unknown in a preview", () => {
    const unknown = Object.defineProperty({ known: { image: "a:1" } }, "later", {
      enumerable: true,
      get: () => {
        throw new Error("string value at .later can't be known during preview");
      },
    });
    assert.equal(at(unknown, "later", "deeper"), undefined);
    assert.deepEqual(
      [...objects(unknown)].map(({ path }) => path),
      ["", "known"],
    );
  });
});
