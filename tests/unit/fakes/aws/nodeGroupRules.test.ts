import * as assert from "node:assert/strict";
import { T } from "../../../fakes/aws/rules";
import type { Props } from "../../../fakes/aws/world";
import { cluster, template, TestAccount } from "./account";

const BLOCK: Props = {
  instanceType: "p4d.24xlarge",
  instanceMarketOptions: { marketType: "capacity-block" },
  capacityReservationSpecification: { capacityReservationTarget: { capacityReservationId: "cr-1" } },
};

describe("the fake AWS provider's rules for node groups", () => {
  let account: TestAccount;
  let made: ReturnType<typeof cluster>;
  beforeEach(() => {
    account = new TestAccount();
    made = cluster(account);
  });
  const make = (inputs: Props = {}) => account.make(T.nodeGroup, made.nodes(inputs));
  const withTemplate = (data: Props, inputs: Props = {}) => make({ ...template(account, data), ...inputs });

  it("accepts a capacity block with its market type, reservation, instance type and one zone", () => {
    assert.equal(withTemplate(BLOCK, { capacityType: "CAPACITY_BLOCK" }).outputs.status, "ACTIVE");
  });

  const both = { subnetIds: [] as string[] };
  beforeEach(() => (both.subnetIds = made.inner.map(({ id }) => id)));
  const blocks: readonly [string, Props, Props, RegExp][] = [
    ["market type", { instanceMarketOptions: undefined }, {}, /market type must be capacity-block/],
    ["reservation", { capacityReservationSpecification: undefined }, {}, /must name a capacity reservation/],
    ["instance type", { instanceType: undefined }, {}, /must name the instance type/],
    ["capacity type", {}, { capacityType: "ON_DEMAND" }, /Instance market options are not supported with the launch/],
    ["zone of its own", {}, both, /node group over the zones us-east-1a, us-east-1b: cr-1 is in one/],
  ];
  for (const [what, data, inputs, message] of blocks) {
    it(`refuses a capacity block without its ${what}`, () => {
      const group = { capacityType: "CAPACITY_BLOCK", ...inputs };
      assert.throws(() => withTemplate({ ...BLOCK, ...data }, group), message);
    });
  }
  it("refuses a capacity block without a launch template", () => {
    assert.throws(() => make({ capacityType: "CAPACITY_BLOCK" }), /A launch template is required/);
  });

  const refused: readonly [string, () => unknown, RegExp][] = [
    ["a cluster that is not there", () => make({ clusterName: "none" }), /No cluster found for name: none/],
    ["a role for something else", () => make({ nodeRoleArn: made.role.outputs.arn }), /could not be assumed/],
    ["a subnet that is not there", () => make({ subnetIds: ["subnet-0"] }), /'subnet-0' does not exist/],
    [
      "less than the minimum",
      () => make({ scalingConfig: { minSize: 2, desiredSize: 1, maxSize: 2 } }),
      /Minimum capacity 2 can't be greater than desired size 1/,
    ],
    [
      "more than the maximum",
      () => make({ scalingConfig: { minSize: 0, desiredSize: 2, maxSize: 1 } }),
      /desired capacity 2 can't be greater than max size 1/,
    ],
    ["a taint as Kubernetes writes it", () => make({ taints: [{ key: "a", effect: "NoSchedule" }] }), /Invalid taint/],
    ["a release of another version", () => make({ releaseVersion: "1.32.1-20250101" }), /not valid for kubernetes/],
    [
      "a version of its template that is not there",
      () => make({ launchTemplate: { ...(template(account, {}).launchTemplate as Props), version: "2" } }),
      /Could not find the specified version 2/,
    ],
    ["two instance types", () => withTemplate({ instanceType: "a" }, { instanceTypes: ["b"] }), /must be specified in/],
    ["a disk beside the template", () => withTemplate({}, { diskSize: 50 }), /Disk size must be specified within/],
    ["a profile in the template", () => withTemplate({ iamInstanceProfile: {} }), /should not specify an instance/],
    [
      "an image with another AMI type",
      () => withTemplate({ imageId: "ami" }, { amiType: "AL2023" }),
      /other than CUST/,
    ],
    ["a group of no VPC", () => withTemplate({ vpcSecurityGroupIds: ["sg-0"] }), /'sg-0' does not exist in VPC/],
    [
      "a placement group that is not there",
      () => withTemplate({ placement: { groupName: "none" } }),
      /The Placement Group 'none' is unknown/,
    ],
  ];
  for (const [what, action, message] of refused) {
    it(`refuses ${what}`, () => assert.throws(action, message));
  }

  it("refuses a cluster placement group over two zones, and to delete one in use", () => {
    const placement = account.make(T.placementGroup, { name: "close", strategy: "cluster" });
    const data = { placement: { groupName: "close" } };
    assert.throws(() => withTemplate(data, both), /placement group close is in one/);
    withTemplate(data);
    assert.throws(() => account.delete(placement), /InvalidPlacementGroup.InUse/);
  });

  const attachment = (policy: string) => {
    const found = account.world.list(T.rolePolicyAttachment).find(({ id }) => id.endsWith(policy));
    assert.ok(found);
    return found;
  };
  const join: readonly [string, () => void, RegExp][] = [
    ["the worker policy", () => account.delete(attachment("WorkerNodePolicy")), /may not describe itself/],
    ["permission to pull images", () => account.delete(attachment("PullOnly")), /may not pull images/],
    ["the network plugin's policy", () => account.delete(attachment("CNI_Policy")), /the network plugin has no rights/],
    ["a route to the internet", () => account.delete(made.route), /subnet-\w+ has no route to the internet/],
  ];
  for (const [what, take, message] of join) {
    it(`fails node creation without ${what}, and accepts a group without instances`, () => {
      take();
      assert.throws(() => make(), message);
      make({ scalingConfig: { minSize: 0, desiredSize: 0, maxSize: 1 } });
    });
  }

  it("requires the network plugin before nodes when EKS does not install it, with permissions from either role", () => {
    account = new TestAccount();
    made = cluster(account, { bootstrapSelfManagedAddons: false });
    assert.throws(() => make(), /the cluster has no network plugin \(add-on vpc-cni\)/);
    account.delete(attachment("CNI_Policy"));
    const service = "pods.eks.amazonaws.com";
    const role = account.role("cni", service, ["AmazonEKS_CNI_Policy"], ["sts:AssumeRole", "sts:TagSession"]);
    const podIdentityAssociations = [{ roleArn: role.outputs.arn, serviceAccount: "aws-node" }];
    account.make(T.addon, { clusterName: "test", addonName: "vpc-cni", podIdentityAssociations });
    make();
  });

  it("leaves the pods' interfaces behind when the network plugin loses its permissions before the nodes are deleted", () => {
    const group = make();
    account.delete(attachment("CNI_Policy"));
    account.delete(group);
    assert.deepEqual(
      account.world.state.foreign.map(({ kind, subnetIds }) => [kind, subnetIds]),
      [["networkInterface", [made.inner[0].id]]],
    );
  });

  it("refuses to delete a launch template or a security group that nodes use", () => {
    const group = account.make(T.securityGroup, { vpcId: made.vpc.id, name: "efa" });
    const nodes = withTemplate({ networkInterfaces: [{ interfaceType: "efa", securityGroups: [group.id] }] });
    const [launchTemplate] = account.world.list(T.launchTemplate);
    assert.ok(launchTemplate);
    assert.throws(() => account.delete(launchTemplate), /in use by node group test:nodes/);
    assert.throws(() => account.delete(group), /has a dependent object/);
    account.delete(nodes);
    account.delete(launchTemplate);
    account.delete(group);
  });

  it("accepts scheduled actions only for the Auto Scaling group of a node group", () => {
    const action = (autoscalingGroupName: unknown) =>
      account.make(T.schedule, { autoscalingGroupName, scheduledActionName: "stop", desiredCapacity: 0 });
    assert.throws(() => action("eks-nodes"), /ValidationError: Group eks-nodes not found/);
    const [resources] = make().outputs.resources as { autoscalingGroups: { name: string }[] }[];
    action(resources?.autoscalingGroups[0]?.name);
  });

  const templates: readonly [string, Props, RegExp][] = [
    [
      "interfaces and security groups side by side",
      { networkInterfaces: [{}], vpcSecurityGroupIds: ["sg-1"] },
      /Network interfaces and an instance-level security groups may not be specified on the same request/,
    ],
    ["two interfaces in one place", { networkInterfaces: [{}, {}] }, /the same network card index and device index/],
    ["no primary interface", { networkInterfaces: [{ networkCardIndex: 1 }] }, /A primary network interface/],
    ["EFA alone as primary interface", { networkInterfaces: [{ interfaceType: "efa-only" }] }, /cannot be an EFA-only/],
    [
      "public addresses with several interfaces",
      { networkInterfaces: [{ associatePublicIpAddress: "true" }, { networkCardIndex: 1, deviceIndex: 1 }] },
      /associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces/,
    ],
    ["user data in plain text", { userData: "#!/bin/sh" }, /Invalid BASE64 encoding of user data/],
    ["an unknown market", { instanceMarketOptions: { marketType: "block" } }, /parameter MarketType is invalid/],
  ];
  for (const [what, inputs, message] of templates) {
    it(`refuses a launch template with ${what}`, () => assert.throws(() => template(account, inputs), message));
  }

  it("creates a version of a launch template with each update", () => {
    const lt = account.make(T.launchTemplate, { name: "versions", instanceType: "a", updateDefaultVersion: true });
    account.change(lt, { instanceType: "b" });
    assert.equal(lt.outputs.latestVersion, 2);
    assert.equal(lt.outputs.defaultVersion, 2);
    assert.deepEqual(
      lt.versions?.map((one) => one.instanceType),
      ["a", "b"],
    );
  });
});
