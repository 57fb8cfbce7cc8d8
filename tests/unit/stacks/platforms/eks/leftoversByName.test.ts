import * as assert from "node:assert/strict";
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
} from "@aws-sdk/client-auto-scaling";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  type Tag,
} from "@aws-sdk/client-iam";
import { CreateAliasCommand, CreateKeyCommand, KMSClient, ScheduleKeyDeletionCommand } from "@aws-sdk/client-kms";
import { type Inventory, takeInventory } from "../../../../../operations/leftovers/inventory";
import { searchAws } from "../../../../../stacks/platforms/eks/leftovers";
import * as removals from "../../../../../stacks/platforms/eks/leftovers/removal";
import { withMoto } from "../../../../support/withMoto";

const REGION = "eu-central-1";
const identity = { owner: "llm-d/dev", cluster: "llm-d-dev", region: REGION };
const OWNER = "llm-d.ai/environment";
const owned = (owner = "llm-d/dev"): Tag[] => [{ Key: OWNER, Value: owner }];

describe("leftovers of IAM, KMS, CloudWatch Logs and Auto Scaling, against moto", function () {
  this.timeout(60_000);
  const aws = withMoto();
  let iam: IAMClient;
  let kms: KMSClient;
  let logs: CloudWatchLogsClient;

  beforeEach(async () => {
    await aws.moto().reset();
    const options = { region: REGION, endpoint: aws.moto().endpoint };
    iam = new IAMClient(options);
    kms = new KMSClient(options);
    logs = new CloudWatchLogsClient(options);
  });

  async function look(): Promise<Inventory> {
    const inventory = takeInventory(identity, await searchAws(identity), removals);
    assert.deepEqual(inventory.unread, []);
    return inventory;
  }
  const listed = (inventory: Inventory) => inventory.leftovers.map(({ type, id }) => `${type} ${id}`);
  const role = (RoleName: string, Tags: Tag[]) =>
    iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: "{}", Tags }));

  it("include roles found by tag and name, with their instance profiles, and no role of another stack", async () => {
    await role("llm-d-dev-cluster", owned());
    await role("llm-d-dev-untagged", []);
    await role("llm-d-dev-too-cluster", owned("llm-d/dev-too"));
    await role("llm-d-developer", []);
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "eks-0001" }));
    await iam.send(
      new AddRoleToInstanceProfileCommand({ InstanceProfileName: "eks-0001", RoleName: "llm-d-dev-cluster" }),
    );
    const inventory = await look();
    assert.deepEqual(listed(inventory), [
      "iam:instance-profile eks-0001",
      "iam:role llm-d-dev-cluster",
      "iam:role llm-d-dev-untagged",
    ]);
    assert.match(inventory.leftovers[2]?.detail ?? "", /by its name/);
    assert.equal(inventory.exitCode, 1);
  });

  it("include customer managed policies, removed after the roles that use them", async () => {
    await role("llm-d-dev-cluster", owned());
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
    });
    const policies = new CreatePolicyCommand({ PolicyName: "llm-d-dev-extra", PolicyDocument, Tags: owned() });
    const PolicyArn = (await iam.send(policies)).Policy?.Arn;
    await iam.send(new AttachRolePolicyCommand({ RoleName: "llm-d-dev-cluster", PolicyArn }));
    assert.deepEqual(listed(await look()), ["iam:role llm-d-dev-cluster", `iam:policy ${PolicyArn}`]);
  });

  it("include a key found by alias or tag, and list keys with a scheduled deletion separately", async () => {
    const make = async (tags = owned().map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }))) =>
      (await kms.send(new CreateKeyCommand({ Tags: tags }))).KeyMetadata?.KeyId ?? "";
    const [tagged, aliased, deleted] = [await make(), await make([]), await make()];
    await make([{ TagKey: OWNER, TagValue: "llm-d/other" }]);
    await kms.send(new CreateAliasCommand({ AliasName: "alias/llm-d-dev-secrets", TargetKeyId: aliased }));
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: deleted, PendingWindowInDays: 7 }));
    const inventory = await look();
    assert.deepEqual(listed(inventory), [
      "kms:alias alias/llm-d-dev-secrets",
      ...[tagged, aliased].sort().map((id) => `kms:key ${id}`),
    ]);
    assert.deepEqual(
      inventory.pending.map(({ id, pending }) => [id, /^gone on \d{4}-\d\d-\d\d$/.test(pending ?? "")]),
      [[deleted, true]],
    );
  });

  it("are none when the only key has a scheduled deletion", async () => {
    const made = await kms.send(new CreateKeyCommand({ Tags: [{ TagKey: OWNER, TagValue: "llm-d/dev" }] }));
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId: made.KeyMetadata?.KeyId, PendingWindowInDays: 7 }));
    const inventory = await look();
    assert.deepEqual([listed(inventory), inventory.exitCode], [[], 0]);
  });

  it("include log groups, also an untagged one that EKS created again, and none with a longer name", async () => {
    await logs.send(new CreateLogGroupCommand({ logGroupName: "/aws/eks/llm-d-dev/cluster" }));
    await logs.send(
      new CreateLogGroupCommand({ logGroupName: "/aws/vpc/llm-d-dev/flow-logs", tags: { [OWNER]: "llm-d/dev" } }),
    );
    await logs.send(new CreateLogGroupCommand({ logGroupName: "/llm-d/own", tags: { [OWNER]: "llm-d/dev" } }));
    await logs.send(new CreateLogGroupCommand({ logGroupName: "/aws/eks/llm-d-dev/cluster-2" }));
    assert.deepEqual(listed(await look()), [
      "logs:log-group /aws/eks/llm-d-dev/cluster",
      "logs:log-group /aws/vpc/llm-d-dev/flow-logs",
      "logs:log-group /llm-d/own",
    ]);
  });

  it("include the Auto Scaling group of a node group, found by the tag that EKS sets", async () => {
    const scaling = new AutoScalingClient({ region: REGION, endpoint: aws.moto().endpoint });
    await scaling.send(
      new CreateLaunchConfigurationCommand({
        LaunchConfigurationName: "l",
        ImageId: "ami-1",
        InstanceType: "m5.large",
      }),
    );
    const group = (AutoScalingGroupName: string, Value: string) =>
      scaling.send(
        new CreateAutoScalingGroupCommand({
          AutoScalingGroupName,
          LaunchConfigurationName: "l",
          MinSize: 0,
          MaxSize: 1,
          AvailabilityZones: [`${REGION}a`],
          Tags: [{ Key: "eks:cluster-name", Value, PropagateAtLaunch: false }],
        }),
      );
    await group("eks-llm-d-dev-gpu-1", "llm-d-dev");
    await group("eks-other-1", "other");
    assert.deepEqual(listed(await look()), ["autoscaling:autoScalingGroup eks-llm-d-dev-gpu-1"]);
  });
});
