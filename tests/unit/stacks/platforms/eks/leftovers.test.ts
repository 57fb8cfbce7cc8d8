import * as assert from "node:assert/strict";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVolumeCommand,
  DeleteVpcCommand,
  EC2Client,
  type Tag,
} from "@aws-sdk/client-ec2";
import {
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Inventory, takeInventory } from "../../../../../operations/leftovers/inventory";
import { searchAws } from "../../../../../stacks/platforms/eks/leftovers";
import * as removals from "../../../../../stacks/platforms/eks/leftovers/removal";
import { startFakeAws } from "../../../../support/fakeAws";
import { withMoto } from "../../../../support/withMoto";

const REGION = "eu-central-1";
const identity = { owner: "llm-d/dev", cluster: "llm-d-dev", region: REGION };
const OWNED: Tag[] = [{ Key: "llm-d.ai/environment", Value: "llm-d/dev" }];

describe("leftovers with the AWS SDK's own clients, against moto", function () {
  this.timeout(60_000);
  const aws = withMoto();
  let ec2: EC2Client;
  let elb: ElasticLoadBalancingV2Client;

  beforeEach(async () => {
    await aws.moto().reset();
    const options = { region: REGION, endpoint: aws.moto().endpoint };
    ec2 = new EC2Client(options);
    elb = new ElasticLoadBalancingV2Client(options);
  });

  const look = async (): Promise<Inventory> => takeInventory(identity, await searchAws(identity), removals);
  const listed = (inventory: Inventory) => inventory.leftovers.map(({ type, id }) => `${type} ${id}`);

  /** A VPC with leftovers of controllers. Only the VPC and the subnet have the stack's own tag. */
  async function leave() {
    const vpc = (await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))).Vpc?.VpcId ?? "";
    const subnets = new CreateSubnetCommand({ VpcId: vpc, CidrBlock: "10.0.1.0/24", AvailabilityZone: `${REGION}a` });
    const subnet = (await ec2.send(subnets)).Subnet?.SubnetId ?? "";
    await ec2.send(new CreateTagsCommand({ Resources: [vpc, subnet], Tags: OWNED }));
    const groups = new CreateSecurityGroupCommand({ GroupName: "k8s-gw", Description: "of a balancer", VpcId: vpc });
    const group = (await ec2.send(groups)).GroupId ?? "";
    const interfaces = new CreateNetworkInterfaceCommand({ SubnetId: subnet, Description: "aws-K8S-i-0" });
    const eni = (await ec2.send(interfaces)).NetworkInterface?.NetworkInterfaceId ?? "";
    const volume = await ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: `${REGION}a`,
        Size: 8,
        TagSpecifications: [
          { ResourceType: "volume", Tags: [{ Key: "kubernetes.io/cluster/llm-d-dev", Value: "owned" }] },
        ],
      }),
    );
    const Tags = [{ Key: "elbv2.k8s.aws/cluster", Value: "llm-d-dev" }];
    const balancers = new CreateLoadBalancerCommand({ Name: "k8s-gw", Type: "network", Subnets: [subnet], Tags });
    const balancer = (await elb.send(balancers)).LoadBalancers?.[0]?.LoadBalancerArn ?? "";
    const targets = new CreateTargetGroupCommand({ Name: "k8s-tg", Protocol: "TCP", Port: 80, VpcId: vpc, Tags });
    const targetGroup = (await elb.send(targets)).TargetGroups?.[0]?.TargetGroupArn ?? "";
    return { vpc, subnet, group, eni, volume: volume.VolumeId ?? "", balancer, targetGroup };
  }

  it("are none in an account that has only resources of others", async () => {
    await ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }));
    const group = await ec2.send(new CreateSecurityGroupCommand({ GroupName: "mine", Description: "of another" }));
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: group.GroupId,
        IpPermissions: [{ IpProtocol: "tcp", FromPort: 1, ToPort: 1, IpRanges: [{ CidrIp: "10.0.0.0/8" }] }],
      }),
    );
    const inventory = await look();
    assert.deepEqual(inventory.unread, []);
    assert.deepEqual(listed(inventory), []);
    assert.equal(inventory.exitCode, 0);
  });

  it("include resources of the stack and its controllers, in the order of removal", async () => {
    const left = await leave();
    const inventory = await look();
    assert.deepEqual(inventory.unread, []);
    assert.deepEqual(listed(inventory), [
      `elasticloadbalancing:loadbalancer ${left.balancer}`,
      `elasticloadbalancing:targetgroup ${left.targetGroup}`,
      `ec2:network-interface ${left.eni}`,
      `ec2:volume ${left.volume}`,
      `ec2:security-group ${left.group}`,
      `ec2:subnet ${left.subnet}`,
      `ec2:vpc ${left.vpc}`,
    ]);
    assert.ok(inventory.leftovers.every(({ remove }) => remove?.includes(`--region ${REGION}`)));
    assert.equal(inventory.exitCode, 1);
  });

  it("are none after everything was removed in that order", async () => {
    await leave();
    for (const { type, id } of (await look()).leftovers) {
      if (type === "elasticloadbalancing:loadbalancer") {
        await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: id }));
      } else if (type === "elasticloadbalancing:targetgroup") {
        await elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: id }));
      } else if (type === "ec2:network-interface") {
        await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }));
      } else if (type === "ec2:volume") {
        await ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
      } else if (type === "ec2:security-group") {
        await ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }));
      } else if (type === "ec2:subnet") {
        await ec2.send(new DeleteSubnetCommand({ SubnetId: id }));
      } else {
        assert.equal(type, "ec2:vpc");
        await ec2.send(new DeleteVpcCommand({ VpcId: id }));
      }
    }
    const inventory = await look();
    assert.deepEqual([listed(inventory), inventory.exitCode], [[], 0]);
  });

  it("are reported as incomplete with exit code 1 when a source cannot be read", async () => {
    const fake = await startFakeAws(aws.moto().endpoint, { denied: ["DescribeVolumes"] });
    aws.setEndpoint(fake.endpoint);
    try {
      const inventory = await look();
      assert.deepEqual(
        inventory.unread.map(({ source }) => source),
        ["volumes"],
      );
      assert.match(inventory.unread[0]?.reason ?? "", /ec2:DescribeVolumes/);
      assert.equal(inventory.exitCode, 1);
    } finally {
      aws.setEndpoint(aws.moto().endpoint);
      await fake.stop();
    }
  });
});
