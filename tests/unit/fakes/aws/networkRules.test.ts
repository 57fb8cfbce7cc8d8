import * as assert from "node:assert/strict";
import { T } from "../../../fakes/aws/rules";
import type { Props } from "../../../fakes/aws/world";
import { cluster, network, TestAccount } from "./account";

describe("the fake AWS provider's rules for networks", () => {
  let account: TestAccount;
  let net: ReturnType<typeof network>;
  beforeEach(() => {
    account = new TestAccount();
    net = network(account);
  });

  const deletions: readonly [string, () => void, RegExp][] = [
    ["a VPC with subnets", () => account.delete(net.vpc), /DependencyViolation: The vpc 'vpc-\w+' has dependencies/],
    ["a subnet with a NAT gateway", () => account.delete(net.outer), /The subnet 'subnet-\w+' has dependencies/],
    ["an address of a NAT gateway", () => account.delete(net.address), /AuthFailure: You do not have permission/],
    [
      "an internet gateway that a public address needs",
      () => account.delete(net.gateway),
      /DependencyViolation: Network vpc-\w+ has some mapped public address\(es\)/,
    ],
  ];
  for (const [what, action, message] of deletions) {
    it(`refuses to delete ${what}`, () => assert.throws(action, message));
  }

  it("refuses to delete what a controller's resources still use", () => {
    const subnet = account.make(T.subnet, { vpcId: net.vpc.id, cidrBlock: "10.0.9.0/24" });
    const group = account.make(T.securityGroup, { vpcId: net.vpc.id, name: "group" });
    account.world.plant({
      kind: "loadBalancer",
      id: "nlb",
      madeBy: "a controller",
      subnetIds: [subnet.id],
      securityGroupIds: [group.id],
    });
    assert.throws(() => account.delete(subnet), /DependencyViolation/);
    assert.throws(() => account.delete(group), /resource sg-\w+ has a dependent object/);
    account.world.state.foreign = [];
    account.delete(subnet);
    account.delete(group);
  });

  it("deletes an empty VPC, but not one with a controller's security group", () => {
    const vpc = account.make(T.vpc, { cidrBlock: "10.1.0.0/16" });
    account.world.plant({ kind: "securityGroup", id: "sg-k8s", madeBy: "a controller", vpcId: vpc.id });
    assert.throws(() => account.delete(vpc), /DependencyViolation/);
    account.world.state.foreign = [];
    account.delete(vpc);
    assert.equal(account.world.get(T.vpc, vpc.id), undefined);
  });

  it("refuses to delete the nodes' route, its table's association or the NAT gateway", () => {
    account = new TestAccount();
    const made = cluster(account);
    const group = account.make(T.nodeGroup, made.nodes());
    for (const one of [made.route, made.nat, made.table, made.associations[0]]) {
      assert.ok(one);
      assert.throws(() => account.delete(one), /reach their control plane through/);
    }
    account.delete(group);
    account.delete(made.route);
    account.delete(made.nat);
  });

  const vpcId = (): string => net.vpc.id;
  const creations: readonly [string, string, () => Props, RegExp][] = [
    ["a subnet of no VPC", T.subnet, () => ({ vpcId: "vpc-0", cidrBlock: "10.0.9.0/24" }), /InvalidVpcID.NotFound/],
    ["a subnet out of its VPC", T.subnet, () => ({ vpcId: vpcId(), cidrBlock: "10.9.0.0/24" }), /InvalidSubnet.Range/],
    ["overlapping subnets", T.subnet, () => ({ vpcId: vpcId(), cidrBlock: "10.0.0.0/20" }), /InvalidSubnet.Conflict/],
    ["a VPC too large", T.vpc, () => ({ cidrBlock: "10.0.0.0/15" }), /InvalidVpc.Range/],
    ["a block with bits beside it", T.vpc, () => ({ cidrBlock: "10.0.0.1/16" }), /not a valid CIDR block/],
    ["a second internet gateway", T.internetGateway, () => ({ vpcId: vpcId() }), /already has an internet gateway/],
    [
      "a NAT gateway on an address in use",
      T.natGateway,
      () => ({ subnetId: net.outer.id, allocationId: net.address.id }),
      /Resource.AlreadyAssociated/,
    ],
    [
      "the same route again",
      T.route,
      () => ({ routeTableId: net.table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: net.gateway.id }),
      /RouteAlreadyExists/,
    ],
    [
      "a second table for a subnet",
      T.routeTableAssociation,
      () => ({ subnetId: net.inner[0].id, routeTableId: net.table.id }),
      /Resource.AlreadyAssociated/,
    ],
    [
      "an endpoint of no service",
      T.vpcEndpoint,
      () => ({ vpcId: vpcId(), serviceName: "com.amazonaws.eu-west-1.s3" }),
      /InvalidServiceName/,
    ],
    [
      "two subnets of a zone in one endpoint",
      T.vpcEndpoint,
      () => ({
        vpcId: vpcId(),
        serviceName: "com.amazonaws.us-east-1.sts",
        vpcEndpointType: "Interface",
        subnetIds: [net.outer.id, net.inner[0].id],
      }),
      /DuplicateSubnetsInSameZone/,
    ],
    [
      "a rule of no group",
      T.ingressRule,
      () => ({ securityGroupId: "sg-0", ipProtocol: "-1", cidrIpv4: "10.0.0.0/8" }),
      /InvalidGroup.NotFound: The security group 'sg-0' does not exist/,
    ],
    [
      "flow logs into no log group",
      T.flowLog,
      () => ({ vpcId: vpcId(), iamRoleArn: account.role("flow", "vpc-flow-logs.amazonaws.com", []).outputs.arn }),
      /LogDestination undefined does not exist/,
    ],
  ];
  for (const [what, type, inputs, message] of creations) {
    it(`refuses ${what}`, () => assert.throws(() => account.make(type, inputs()), message));
  }

  it("refuses a NAT gateway before the internet gateway is attached", () => {
    const vpc = account.make(T.vpc, { cidrBlock: "10.1.0.0/16" });
    const subnet = account.make(T.subnet, { vpcId: vpc.id, cidrBlock: "10.1.0.0/24" });
    const address = account.make(T.eip, { domain: "vpc" });
    assert.throws(
      () => account.make(T.natGateway, { subnetId: subnet.id, allocationId: address.id }),
      /Gateway.NotAttached/,
    );
  });

  it("deletes a security group with its own rules, but not one that other rules refer to", () => {
    const [one, other] = ["one", "other"].map((name) => account.make(T.securityGroup, { vpcId: vpcId(), name }));
    assert.ok(one && other);
    const rule = (securityGroupId: string, referencedSecurityGroupId: string) =>
      account.make(T.ingressRule, { securityGroupId, ipProtocol: "-1", referencedSecurityGroupId });
    rule(one.id, one.id);
    const between = rule(other.id, one.id);
    assert.throws(() => rule(one.id, one.id), /InvalidPermission.Duplicate/);
    assert.throws(() => account.delete(one), /has a dependent object/);
    account.delete(between);
    account.delete(one);
    assert.deepEqual(account.world.list(T.ingressRule), []);
    assert.throws(
      () => account.make(T.securityGroup, { vpcId: vpcId(), name: "other" }),
      /InvalidGroup.Duplicate: The security group 'other' already exists for VPC/,
    );
  });
});
