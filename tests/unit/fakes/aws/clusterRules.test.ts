import * as assert from "node:assert/strict";
import { T } from "../../../fakes/aws/rules";
import { CALLER } from "../../../fakes/aws/rules/eks";
import { cluster, network, TestAccount } from "./account";

const ADMIN = "arn:aws:iam::123456789012:role/admin";

describe("the fake AWS provider's rules for clusters and identities", () => {
  let account: TestAccount;
  let made: ReturnType<typeof cluster>;
  beforeEach(() => {
    account = new TestAccount();
    made = cluster(account);
  });

  const deletions: readonly [string, () => void, RegExp][] = [
    ["a role with policies", () => account.delete(made.role), /DeleteConflict: .* must detach all policies first/],
    ["the key of a cluster", () => account.delete(made.key), /in use by test/],
    ["a subnet of a cluster", () => account.delete(made.inner[0]), /DependencyViolation/],
  ];
  for (const [what, action, message] of deletions) {
    it(`refuses to delete ${what}`, () => assert.throws(action, message));
  }

  it("refuses to delete the role of a cluster or of nodes, even without policies", () => {
    const nodes = account.make(T.nodeGroup, made.nodes());
    for (const one of account.world.list(T.rolePolicyAttachment)) account.delete(one);
    assert.throws(() => account.delete(made.role), /in use by test/);
    assert.throws(() => account.delete(made.nodeRole), /must remove roles from instance profile first/);
    account.delete(nodes);
    account.delete(made.nodeRole);
  });

  it("refuses to delete a cluster with node groups, and deletes its other contents with it", () => {
    const nodes = account.make(T.nodeGroup, made.nodes());
    account.make(T.addon, { clusterName: "test", addonName: "coredns" });
    assert.throws(() => account.delete(made.cluster), /ResourceInUseException: Cluster has nodegroups attached/);
    account.delete(nodes);
    account.delete(made.cluster);
    assert.deepEqual(account.world.list(T.addon), []);
    assert.deepEqual(account.world.state.foreign, []);
  });

  it("leaves interfaces and a security group behind when the cluster's role has lost its permissions", () => {
    for (const one of account.world.list(T.rolePolicyAttachment)) account.delete(one);
    account.delete(made.cluster);
    assert.deepEqual(account.world.state.foreign.map(({ kind }) => kind).sort(), [
      "networkInterface",
      "networkInterface",
      "securityGroup",
    ]);
    assert.throws(() => account.delete(made.inner[0]), /DependencyViolation/);
  });

  it("leaves the cluster's security group behind when a rule of another group refers to it", () => {
    const referencedSecurityGroupId = (made.cluster.outputs.vpcConfig as { clusterSecurityGroupId: string })
      .clusterSecurityGroupId;
    const group = account.make(T.securityGroup, { vpcId: made.vpc.id, name: "other" });
    account.make(T.ingressRule, { securityGroupId: group.id, ipProtocol: "-1", referencedSecurityGroupId });
    account.delete(made.cluster);
    assert.deepEqual(
      account.world.state.foreign.map(({ id }) => id),
      [referencedSecurityGroupId],
    );
  });

  it("creates a log group without owner when the program's log group is deleted before the cluster or created after it", () => {
    account.delete(made.logs);
    assert.deepEqual(
      account.world.state.foreign.map(({ kind, id }) => [kind, id]),
      [["logGroup", "/aws/eks/test/cluster"]],
    );
    assert.throws(
      () => account.make(T.logGroup, { name: "/aws/eks/test/cluster" }),
      /ResourceAlreadyExistsException: The specified log group already exists/,
    );
  });

  it("creates no log group when the cluster's role may not", () => {
    const policy = JSON.stringify({ Statement: [{ Effect: "Deny", Action: "logs:CreateLogGroup", Resource: "*" }] });
    account.make(T.rolePolicy, { name: "inline", role: "test-cluster", policy });
    account.delete(made.logs);
    assert.deepEqual(account.world.state.foreign, []);
  });

  it("requires of a cluster: subnets in two zones, a role that trusts EKS, an existing key and a supported version", () => {
    account = new TestAccount();
    const { inner } = network(account);
    const roleArn = account.role("role", "eks.amazonaws.com", []).outputs.arn;
    const vpcConfig = { subnetIds: inner.map(({ id }) => id) };
    const refused = (inputs: object, message: RegExp): void =>
      assert.throws(
        () => account.make(T.cluster, { name: "c", version: "1.33", roleArn, vpcConfig, ...inputs }),
        message,
      );
    refused({ vpcConfig: { subnetIds: [inner[0].id] } }, /Subnets specified must be in at least two different AZs/);
    refused({ vpcConfig: { subnetIds: ["subnet-0", inner[0].id] } }, /The subnet ID 'subnet-0' does not exist/);
    refused({ roleArn: "arn:aws:iam::123456789012:role/none" }, /could not be assumed because it does not exist/);
    refused({ roleArn: account.role("ec2", "ec2.amazonaws.com", []).outputs.arn }, /trusted entity is not correct/);
    refused({ encryptionConfig: { provider: { keyArn: "arn:none" } } }, /keyArn in encryptionConfig/);
    refused({ version: "1.20" }, /unsupported Kubernetes version/);
    refused({ vpcConfig: { ...vpcConfig, endpointPublicAccess: false } }, /endpoint access cannot be false/);
  });

  it("allows upgrades by one minor version and no downgrade", () => {
    assert.throws(() => account.change(made.cluster, { version: "1.35" }), /minor version update from 1.33 to 1.35/);
    assert.throws(() => account.change(made.cluster, { version: "1.32" }), /minor version update from 1.33 to 1.32/);
    account.change(made.cluster, { version: "1.34" });
    assert.equal(made.cluster.outputs.version, "1.34");
  });

  it("requires an access entry before its policies, and allows one entry per principal", () => {
    const inputs = { clusterName: "test", principalArn: ADMIN };
    const policyArn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
    const associate = () => account.make(T.accessPolicyAssociation, { ...inputs, policyArn });
    assert.throws(associate, /The specified principalArn could not be found/);
    const entry = account.make(T.accessEntry, inputs);
    associate();
    const again = /ResourceInUseException: The specified access entry resource is already in use on this cluster/;
    assert.throws(() => account.make(T.accessEntry, inputs), again);
    assert.throws(() => account.make(T.accessEntry, { ...inputs, principalArn: CALLER }), again);
    account.delete(entry);
    assert.deepEqual(account.world.list(T.accessPolicyAssociation), []);
  });

  it("refuses access entries for a cluster whose authentication mode excludes them", () => {
    account.change(made.cluster, { accessConfig: { authenticationMode: "CONFIG_MAP" } });
    assert.throws(
      () => account.make(T.accessEntry, { clusterName: "test", principalArn: ADMIN }),
      /authentication mode must be set to one of \[API, API_AND_CONFIG_MAP\]/,
    );
  });

  it("requires a cluster for an add-on, and nodes without taints for an add-on with a Deployment", () => {
    const addon = (addonName: string, clusterName = "test") => account.make(T.addon, { clusterName, addonName });
    assert.throws(() => addon("vpc-cni", "none"), /ResourceNotFoundException: No cluster found for name: none/);
    addon("vpc-cni");
    assert.throws(() => addon("vpc-cni"), /Addon already exists/);
    assert.throws(() => addon("no-such"), /is not supported/);
    assert.throws(() => addon("coredns"), /InsufficientNumberOfReplicas/);
    const taints = [{ key: "nvidia.com/gpu", effect: "NO_SCHEDULE" }];
    account.make(T.nodeGroup, made.nodes({ nodeGroupName: "gpu", taints }));
    assert.throws(() => addon("coredns"), /InsufficientNumberOfReplicas/);
    account.make(T.nodeGroup, made.nodes());
    addon("coredns");
  });

  it("requires for Pod Identity a role with sts:TagSession, and allows one association per service account", () => {
    const inputs = { clusterName: "test", namespace: "kube-system", serviceAccount: "aws-node" };
    const service = "pods.eks.amazonaws.com";
    const half = account.role("half", service, []).outputs.arn;
    const whole = account.role("whole", service, [], ["sts:AssumeRole", "sts:TagSession"]).outputs.arn;
    assert.throws(() => account.make(T.podIdentityAssociation, { ...inputs, roleArn: half }), /sts:TagSession/);
    const { id } = account.make(T.podIdentityAssociation, { ...inputs, roleArn: whole });
    assert.throws(
      () => account.make(T.podIdentityAssociation, { ...inputs, roleArn: whole }),
      new RegExp(`Association already exists: ${id}`),
    );
  });

  const twice: readonly [string, string, Record<string, unknown>, RegExp][] = [
    ["cluster", T.cluster, { name: "test" }, /Cluster already exists with name: test/],
    ["role", T.role, { name: "test-node" }, /EntityAlreadyExists: Role with name test-node already exists/],
    ["policy", T.policy, { name: "p", policy: "{}" }, /A policy called p already exists. Duplicate names are not/],
    ["alias", T.alias, { name: "alias/a" }, /An alias with the name arn:aws:kms:\S+:alias\/a already exists/],
    ["placement group", T.placementGroup, { name: "g", strategy: "cluster" }, /The placement group 'g' already exists/],
    ["launch template", T.launchTemplate, { name: "t" }, /Launch template name already in use/],
  ];
  for (const [what, type, inputs, message] of twice) {
    it(`refuses a second ${what} of the same name`, () => {
      const whole = type === T.alias ? { ...inputs, targetKeyId: made.key.id } : inputs;
      if (type !== T.cluster && type !== T.role) account.make(type, whole);
      assert.throws(() => account.make(type, whole), message);
    });
  }

  it("refuses to attach a policy that does not exist, and to delete an attached one", () => {
    const attach = (policyArn: unknown) => account.make(T.rolePolicyAttachment, { role: "test-node", policyArn });
    assert.throws(() => attach("arn:aws:iam::aws:policy/NoSuch"), /does not exist or is not attachable/);
    const policy = account.make(T.policy, { name: "own", policy: "{}" });
    const attachment = attach(policy.outputs.arn);
    assert.throws(() => account.delete(policy), /DeleteConflict: Cannot delete a policy attached to entities/);
    account.delete(attachment);
    account.delete(policy);
  });
});
