import * as assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { T } from "../fakes/aws/rules";
import { AwsStack } from "../support/aws";

/** A resource without the SDK's class, because that class drops unknown inputs at the top level. */
class Untyped extends pulumi.CustomResource {}

/** Changes to the program of these tests. */
interface Variant {
  readonly cidr?: string;
  readonly description?: string;
  readonly dnsHostnames?: boolean;
}

/** A VPC with a subnet and a security group, and a role: enough for every kind of operation. */
function program({ cidr = "10.0.0.0/16", description = "nodes", dnsHostnames = true }: Variant = {}) {
  return async (): Promise<Record<string, unknown>> => {
    const provider = new aws.Provider("aws", {
      region: "us-east-1",
      defaultTags: { tags: { "llm-d.ai/environment": "llm-d/test" } },
    });
    const zones = await aws.getAvailabilityZones({ state: "available" }, { provider });
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: cidr, enableDnsHostnames: dnsHostnames }, { provider });
    const subnet = new aws.ec2.Subnet(
      "subnet",
      { vpcId: vpc.id, cidrBlock: cidr.replace("/16", "/24"), availabilityZone: zones.names[0] ?? "" },
      { provider },
    );
    const group = new aws.ec2.SecurityGroup("group", { vpcId: vpc.id, name: "nodes", description }, { provider });
    const role = new aws.iam.Role(
      "role",
      { assumeRolePolicy: JSON.stringify({ Version: "2012-10-17", Statement: [] }) },
      { provider },
    );
    return { vpc: vpc.id, subnet: subnet.arn, group: group.id, role: role.name };
  };
}

describe("the fake AWS provider with the real engine", function () {
  this.timeout(900_000);
  let stack: AwsStack;
  before(async () => {
    stack = await AwsStack.open();
  });
  after(() => stack.remove());

  const planted = () => ({
    kind: "networkInterface" as const,
    id: "eni-ofABalancer",
    madeBy: "a load balancer",
    subnetIds: [stack.account.only(T.subnet)],
    securityGroupIds: [stack.account.only(T.securityGroup)],
  });

  it("creates resources with the outputs that AWS computes", async () => {
    const { outputs, summary } = await stack.up(program());
    assert.deepEqual(summary.resourceChanges, { create: 6 });
    assert.match(outputs.vpc?.value, /^vpc-[0-9a-f]{17}$/);
    assert.match(outputs.subnet?.value, /^arn:aws:ec2:us-east-1:123456789012:subnet\/subnet-/);
    assert.match(outputs.role?.value, /^role-[0-9a-f]{7}$/);
    const vpc = stack.account.state.resources.find(({ type }) => type === T.vpc);
    assert.deepEqual(vpc?.outputs.tagsAll, { "llm-d.ai/environment": "llm-d/test" });
  });

  it("reports no change in a preview or a refresh when nothing changed", async () => {
    assert.deepEqual(await stack.preview(), { same: 6 });
    const { summary } = await stack.stack.refresh();
    assert.deepEqual(summary.resourceChanges, { same: 6 });
  });

  it("updates a resource in place, and a refresh finds a change made elsewhere", async () => {
    const { summary } = await stack.up(program({ dnsHostnames: false }));
    assert.deepEqual(summary.resourceChanges, { same: 5, update: 1 });
    stack.account.change(({ resources }) => {
      const vpc = resources.find(({ type }) => type === T.vpc);
      if (vpc !== undefined) vpc.inputs.enableDnsHostnames = vpc.outputs.enableDnsHostnames = true;
    });
    await stack.stack.refresh();
    assert.deepEqual(await stack.preview(), { same: 5, update: 1 });
  });

  it("replaces a resource that cannot be updated, and the resources that depend on it", async () => {
    const before = stack.account.only(T.securityGroup);
    const { summary } = await stack.up(program({ description: "other nodes" }));
    assert.equal(summary.resourceChanges?.replace, 1);
    assert.notEqual(stack.account.only(T.securityGroup), before);
    assert.deepEqual(await stack.preview(program({ cidr: "10.1.0.0/16", description: "other nodes" })), {
      same: 3,
      replace: 3,
    });
  });

  it("refuses an unknown type and an unknown input, and names them", async () => {
    const unknownInput = (inputs: pulumi.Inputs) => async () => {
      const provider = new aws.Provider("aws", { region: "us-east-1" });
      new Untyped(T.vpcEndpoint, "endpoint", inputs, { provider });
    };
    await assert.rejects(
      stack.preview(unknownInput({ vpcId: "vpc-0", serviceNam: "s3" })),
      /An argument named "serviceNam" is not expected here/,
    );
    await assert.rejects(
      stack.preview(unknownInput({ vpcId: "vpc-0", dnsOptions: { dnsRecordIpTyp: "ipv4" } })),
      /An argument named "dnsOptions.dnsRecordIpTyp" is not expected here/,
    );
    await assert.rejects(stack.preview(unknownInput({})), /Missing required argument "vpcId"/);
    const unknownType = async () => {
      const provider = new aws.Provider("aws", { region: "us-east-1" });
      new aws.sqs.Queue("queue", {}, { provider });
    };
    await assert.rejects(stack.preview(unknownType), /does not know the resource type aws:sqs\/queue:Queue/);
    const unknownFunction = async () => {
      await aws.getIpRanges({ services: ["ec2"] }, { provider: new aws.Provider("aws", { region: "us-east-1" }) });
    };
    await assert.rejects(stack.preview(unknownFunction), /does not know the function aws:index\/getIpRanges/);
  });

  it("refuses to delete what a controller's network interface still uses, with AWS's error message", async () => {
    stack.program = program({ description: "other nodes" });
    stack.account.plant(planted());
    await assert.rejects(stack.stack.destroy(), (error: Error) => {
      assert.match(error.message, /deleting EC2 Subnet \(subnet-\w+\): .*DependencyViolation: The subnet 'subnet-/);
      assert.match(error.message, /deleting EC2 Security Group \(sg-\w+\): .*resource sg-\w+ has a dependent object/);
      return true;
    });
    assert.ok(stack.account.only(T.vpc));
  });

  it("destroys everything once that network interface is gone", async () => {
    stack.account.uproot("eni-ofABalancer");
    await stack.stack.destroy();
    assert.deepEqual(stack.account.contents, []);
  });

  it("fails where a test asks for it, and the next up continues", async () => {
    stack.account.refuse({ type: T.subnet, operation: "create", message: "the network broke", times: 1 });
    await assert.rejects(stack.up(program()), /the network broke/);
    // Resources that do not depend on the failed one may exist or not.
    const made = stack.account.contents;
    assert.ok(made.length > 0);
    assert.equal((await stack.up(program())).summary.resourceChanges?.create, 4 - made.length);
    assert.equal(new Set([...made, ...stack.account.contents]).size, 4);
    await stack.stack.destroy();
    assert.deepEqual(stack.account.contents, []);
  });
});
