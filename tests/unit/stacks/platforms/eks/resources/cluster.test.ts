import * as assert from "node:assert/strict";
import { Cluster, type ClusterArgs, eksKubeconfig } from "../../../../../../stacks/platforms/eks/resources/cluster";
import { WorkloadAddons } from "../../../../../../stacks/platforms/eks/resources/workloadAddons";
import { type Made, make, ofType, only, prerequisites } from "../../../../../support/eksResources";

const ADDONS = {
  "vpc-cni": "v1.20.5-eksbuild.1",
  coredns: "v1.12.4-eksbuild.10",
  "kube-proxy": "v1.33.10-eksbuild.2",
  "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
  "eks-node-monitoring-agent": "v1.7.0-eksbuild.1",
  "aws-ebs-csi-driver": "v1.60.1-eksbuild.1",
};
const TAGS = { "llm-d.ai/environment": "llm-d/test" };
const ARGS: ClusterArgs = {
  region: "us-east-1",
  version: "1.33",
  subnetIds: ["subnet-a", "subnet-b"],
  endpoint: { public: false, publicCidrs: [] },
  logTypes: ["api", "audit"],
  logRetentionDays: 90,
  adminPrincipals: [],
  caller: "arn:aws:sts::123456789012:assumed-role/deployer/me",
  addons: ADDONS,
  tags: TAGS,
  protect: false,
};
const WORKLOAD_ADDONS = {
  region: "us-east-1",
  clusterName: "llm-d-dev",
  versions: ADDONS,
  tags: TAGS,
  sharedInterfaces: 4,
  listVolumes: () => Promise.resolve([]),
};
const cluster = (changes: Partial<ClusterArgs> = {}): Promise<Made[]> =>
  make(() => new Cluster("llm-d-dev", { ...ARGS, ...changes }));

describe("the EKS cluster", () => {
  it("encrypts Secrets with its own key, uses access entries, and keeps its endpoint inside the VPC", async () => {
    const made = await cluster();
    const { inputs } = only(made, "Cluster", "llm-d-dev");
    assert.deepEqual(inputs["encryptionConfig"], {
      provider: { keyArn: "arn:aws:kms:::key/llm-d-dev-secrets" },
      resources: ["secrets"],
    });
    assert.deepEqual(inputs["accessConfig"], {
      authenticationMode: "API",
      bootstrapClusterCreatorAdminPermissions: true,
    });
    assert.deepEqual(inputs["vpcConfig"], {
      subnetIds: ["subnet-a", "subnet-b"],
      endpointPrivateAccess: true,
      endpointPublicAccess: false,
    });
    assert.equal(inputs["bootstrapSelfManagedAddons"], false);
    assert.equal(only(made, "Key").inputs["enableKeyRotation"], true);
  });

  it("is public only to the listed blocks, and refuses a public endpoint without blocks", async () => {
    const made = await cluster({ endpoint: { public: true, publicCidrs: ["198.51.100.7/32"] } });
    const { endpointPublicAccess, publicAccessCidrs } = only(made, "Cluster", "llm-d-dev").inputs[
      "vpcConfig"
    ] as Record<string, unknown>;
    assert.deepEqual([endpointPublicAccess, publicAccessCidrs], [true, ["198.51.100.7/32"]]);
    await make(() =>
      assert.throws(() => new Cluster("c", { ...ARGS, endpoint: { public: true, publicCidrs: [] } }), {
        propertyPath: "endpoint.publicCidrs",
        reason: /needs publicCidrs/,
      }),
    );
  });

  it("depends on its log group, its rights and its key", async () => {
    const made = await cluster();
    const { dependencies } = only(made, "Cluster", "llm-d-dev");
    const group = only(made, "LogGroup");
    assert.deepEqual([group.inputs["name"], group.inputs["retentionInDays"]], ["/aws/eks/llm-d-dev/cluster", 90]);
    for (const one of [
      group,
      only(made, "Key"),
      only(made, "RolePolicy", "llm-d-dev-cluster"),
      only(made, "RolePolicyAttachment", "llm-d-dev-cluster-AmazonEKSClusterPolicy"),
    ]) {
      assert.ok(dependencies.includes(one.urn), one.name);
    }
  });

  it("has no right to create its log group again after the deletion", async () => {
    const policy = String(only(await cluster(), "RolePolicy", "llm-d-dev-cluster").inputs["policy"]);
    const { Statement } = JSON.parse(policy) as { Statement: { Effect: string; Action: unknown }[] };
    assert.deepEqual(
      Statement.filter(({ Effect }) => Effect === "Deny").map(({ Action }) => Action),
      ["logs:CreateLogGroup"],
    );
  });

  it("gives each administrator an access entry with all rights", async () => {
    const principals = ["arn:aws:iam::123456789012:role/team/admin", "arn:aws:iam::123456789012:user/jo"];
    const made = await cluster({ adminPrincipals: principals });
    assert.deepEqual(
      ofType(made, "AccessEntry").map(({ name, inputs }) => [name, inputs["principalArn"]]),
      [
        ["llm-d-dev-admin-123456789012-role-team-admin", principals[0]],
        ["llm-d-dev-admin-123456789012-user-jo", principals[1]],
      ],
    );
    for (const association of ofType(made, "AccessPolicyAssociation")) {
      assert.match(String(association.inputs["policyArn"]), /cluster-access-policy\/AmazonEKSClusterAdminPolicy$/);
      const entry = only(made, "AccessEntry", association.name);
      assert.ok(association.dependencies.includes(entry.urn));
    }
  });

  it("has the add-ons that nodes need in pinned versions, and the CNI with its rights", async () => {
    const made = await cluster();
    const addons = ofType(made, "Addon");
    assert.deepEqual(addons.map(({ inputs }) => inputs["addonName"]).sort(), [
      "eks-pod-identity-agent",
      "kube-proxy",
      "vpc-cni",
    ]);
    for (const { inputs } of addons) {
      assert.equal(inputs["addonVersion"], ADDONS[inputs["addonName"] as keyof typeof ADDONS]);
    }
    const cni = only(made, "Addon", "llm-d-dev-vpc-cni");
    assert.deepEqual(cni.inputs["podIdentityAssociations"], [
      { serviceAccount: "aws-node", roleArn: "arn:aws:iam::123456789012:role/llm-d-dev-vpc-cni" },
    ]);
    const before = prerequisites(cni, made);
    assert.ok(before.has(only(made, "Addon", "llm-d-dev-eks-pod-identity-agent").urn));
    assert.ok(before.has(only(made, "RolePolicyAttachment", "llm-d-dev-vpc-cni-AmazonEKS_CNI_Policy").urn));
  });

  it("tags the security group that EKS makes and the network interfaces that the CNI makes", async () => {
    const made = await cluster();
    const tag = only(made, "Tag");
    assert.deepEqual(tag.inputs, { resourceId: "sg-cluster", key: "llm-d.ai/environment", value: "llm-d/test" });
    const { configurationValues } = only(made, "Addon", "llm-d-dev-vpc-cni").inputs;
    const { env } = JSON.parse(String(configurationValues)) as { env: { ADDITIONAL_ENI_TAGS: string } };
    assert.deepEqual(JSON.parse(env.ADDITIONAL_ENI_TAGS), TAGS);
  });

  it("is administered by the policy of its own partition", async () => {
    const adminPrincipals = ["arn:aws-us-gov:iam::123456789012:role/admin"];
    const made = await cluster({ region: "us-gov-west-1", adminPrincipals });
    assert.match(String(only(made, "AccessPolicyAssociation").inputs["policyArn"]), /^arn:aws-us-gov:eks::aws:/);
  });

  it("has a kubeconfig that gets tokens from the AWS CLI and holds no secret", () => {
    const kubeconfig = JSON.parse(
      eksKubeconfig({ name: "c", region: "r", endpoint: "https://e", certificateAuthority: "Y2E=" }),
    ) as { users: { user: { exec: { command: string; args: string[] } } }[] };
    assert.deepEqual(kubeconfig.users[0]?.user.exec.args.slice(0, 6), [
      "eks",
      "get-token",
      "--region",
      "r",
      "--cluster-name",
      "c",
    ]);
    assert.deepEqual(Object.keys(kubeconfig.users[0]?.user ?? {}), ["exec"]);
  });
});

describe("add-ons that run on nodes", () => {
  it("include DNS, the EBS driver with its rights and tags, and a default storage class that depends on it", async () => {
    const made = await make(() => new WorkloadAddons("llm-d-dev", WORKLOAD_ADDONS));
    assert.equal(only(made, "Addon", "llm-d-dev-coredns").inputs["addonVersion"], ADDONS.coredns);
    const driver = only(made, "Addon", "llm-d-dev-aws-ebs-csi-driver");
    assert.deepEqual(JSON.parse(String(driver.inputs["configurationValues"])), {
      controller: { extraVolumeTags: TAGS },
      // The root volume, and the three interfaces that the network plugin may add.
      node: { reservedVolumeAttachments: 4 },
    });
    const attachment = only(made, "RolePolicyAttachment", "llm-d-dev-ebs-csi-AmazonEBSCSIDriverPolicy");
    assert.ok(driver.dependencies.includes(attachment.urn));
    const storageClass = only(made, "StorageClass");
    assert.deepEqual(storageClass.inputs["parameters"], { type: "gp3", encrypted: "true" });
    assert.ok(storageClass.dependencies.includes(driver.urn));
  });

  it("include the agent that reports broken GPUs, also on nodes with the GPU taint", async () => {
    const made = await make(() => new WorkloadAddons("llm-d-dev", WORKLOAD_ADDONS));
    const agent = only(made, "Addon", "llm-d-dev-eks-node-monitoring-agent");
    assert.equal(agent.inputs["addonVersion"], ADDONS["eks-node-monitoring-agent"]);
    assert.deepEqual(JSON.parse(String(agent.inputs["configurationValues"])), {
      dcgmAgent: { tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }] },
    });
  });

  it("have roles that only EKS Pod Identity can assume", async () => {
    const made = [...(await cluster()), ...(await make(() => new WorkloadAddons("d", WORKLOAD_ADDONS)))];
    for (const name of ["llm-d-dev-vpc-cni", "d-ebs-csi"]) {
      const trust = String(only(made, "Role", name).inputs["assumeRolePolicy"]);
      const { Statement } = JSON.parse(trust) as { Statement: unknown };
      assert.deepEqual(Statement, [
        {
          Effect: "Allow",
          Action: ["sts:AssumeRole", "sts:TagSession"],
          Principal: { Service: "pods.eks.amazonaws.com" },
        },
      ]);
    }
  });
});
