import * as assert from "node:assert/strict";
import { type Source, takeInventory } from "../../../operations/leftovers/inventory";
import { removal } from "../../../operations/leftovers/removal";
import { formatInventory } from "../../../operations/leftovers/report";
import { fromArn, type Resource } from "../../../operations/leftovers/resource";

const identity = { owner: "llm-d/dev", cluster: "llm-d-dev", region: "us-east-1" };
const A = "arn:aws";
const EC2 = `${A}:ec2:us-east-1:123456789012`;
const ELB = `${A}:elasticloadbalancing:us-east-1:123456789012`;
const EKS = `${A}:eks:us-east-1:123456789012`;

describe("ARNs and the commands that remove what they name", () => {
  for (const [arn, type, command] of [
    [`${EC2}:vpc/vpc-1`, "ec2:vpc", "aws --region us-east-1 ec2 delete-vpc --vpc-id vpc-1"],
    [`${EC2}:subnet/subnet-1`, "ec2:subnet", "aws --region us-east-1 ec2 delete-subnet --subnet-id subnet-1"],
    [
      `${EC2}:natgateway/nat-1`,
      "ec2:natgateway",
      "aws --region us-east-1 ec2 delete-nat-gateway --nat-gateway-id nat-1",
    ],
    [
      `${EC2}:elastic-ip/eipalloc-1`,
      "ec2:elastic-ip",
      "aws --region us-east-1 ec2 release-address --allocation-id eipalloc-1",
    ],
    [`${EC2}:volume/vol-1`, "ec2:volume", "aws --region us-east-1 ec2 delete-volume --volume-id vol-1"],
    [
      `${EC2}:placement-group/llm-d-dev-gpu`,
      "ec2:placement-group",
      "aws --region us-east-1 ec2 delete-placement-group --group-name llm-d-dev-gpu",
    ],
    [
      `${ELB}:loadbalancer/net/k8s-x/1`,
      "elasticloadbalancing:loadbalancer",
      `aws --region us-east-1 elbv2 delete-load-balancer --load-balancer-arn ${ELB}:loadbalancer/net/k8s-x/1`,
    ],
    [`${EKS}:cluster/llm-d-dev`, "eks:cluster", "aws --region us-east-1 eks delete-cluster --name llm-d-dev"],
    [
      `${EKS}:nodegroup/llm-d-dev/gpu/0af1`,
      "eks:nodegroup",
      "aws --region us-east-1 eks delete-nodegroup --cluster-name llm-d-dev --nodegroup-name gpu",
    ],
    [
      `${EKS}:podidentityassociation/llm-d-dev/a-1`,
      "eks:podidentityassociation",
      "aws --region us-east-1 eks delete-pod-identity-association --cluster-name llm-d-dev --association-id a-1",
    ],
    [
      `${EKS}:access-entry/llm-d-dev/role/123456789012/admin/0af1`,
      "eks:access-entry",
      "aws --region us-east-1 eks delete-access-entry --cluster-name llm-d-dev --principal-arn arn:aws:iam::123456789012:role/admin",
    ],
    [
      `${A}:logs:us-east-1:123456789012:log-group:/aws/eks/llm-d-dev/cluster`,
      "logs:log-group",
      "aws --region us-east-1 logs delete-log-group --log-group-name /aws/eks/llm-d-dev/cluster",
    ],
    [
      `${A}:iam::123456789012:policy/llm-d-dev-lbc`,
      "iam:policy",
      `aws iam delete-policy --policy-arn ${A}:iam::123456789012:policy/llm-d-dev-lbc`,
    ],
    [
      `${EC2}:internet-gateway/igw-1`,
      "ec2:internet-gateway",
      "aws --region us-east-1 ec2 detach-internet-gateway --internet-gateway-id igw-1 --vpc-id $(aws --region us-east-1 ec2 describe-internet-gateways --internet-gateway-ids igw-1 --query InternetGateways[0].Attachments[0].VpcId --output text); aws --region us-east-1 ec2 delete-internet-gateway --internet-gateway-id igw-1",
    ],
    [`${A}:sqs:us-east-1:123456789012:queue`, "sqs", undefined],
  ] as const) {
    it(arn, () => {
      const resource = fromArn(arn);
      assert.equal(resource?.type, type);
      assert.equal(removal(resource as Resource, "us-east-1"), command);
    });
  }

  it("empties what has to be empty before it goes", () => {
    const role = removal({ type: "iam:role", id: "llm-d-dev-cluster" }, "us-east-1") ?? "";
    assert.deepEqual(
      [...role.matchAll(/aws iam ([a-z-]+)/g)].map(([, verb]) => verb),
      [
        ...["list-attached-role-policies", "detach-role-policy", "list-role-policies", "delete-role-policy"],
        "delete-role",
      ],
    );
    const profile = removal({ type: "iam:instance-profile", id: "eks-1" }, "us-east-1") ?? "";
    assert.match(profile, /remove-role-from-instance-profile .*; aws iam delete-instance-profile/);
  });

  it("leaves out what goes with another resource, and what this program only uses", () => {
    assert.equal(fromArn(`${EC2}:security-group-rule/sgr-1`), undefined);
    assert.equal(fromArn(`${EC2}:capacity-reservation/cr-1`), undefined);
  });
});

describe("the inventory", () => {
  const tags = (...found: Resource[]): Source => ({ name: "tags", authoritative: [], found });
  const interfaces = (...found: Resource[]): Source => ({
    name: "network interfaces",
    authoritative: ["ec2:network-interface"],
    found,
  });
  const vpc = { type: "ec2:vpc", id: "vpc-1" };
  const eni = { type: "ec2:network-interface", id: "eni-1" };
  const take = (sources: Source[], ...gone: string[]) => takeInventory(identity, sources, new Set(gone));

  it("is empty, with exit code 0, where nothing is left", () => {
    const inventory = take([tags(), interfaces()]);
    assert.deepEqual([inventory.leftovers, inventory.exitCode], [[], 0]);
    assert.match(formatInventory(inventory), /Nothing is left/);
  });

  it("lists in the order in which things can be removed", () => {
    const group = { type: "ec2:security-group", id: "sg-1" };
    const balancer = { type: "elasticloadbalancing:loadbalancer", id: "arn" };
    const { leftovers, exitCode } = take([tags(vpc, group, balancer), interfaces(eni)]);
    assert.deepEqual(
      leftovers.map(({ id }) => id),
      ["arn", "eni-1", "sg-1", "vpc-1"],
    );
    assert.equal(exitCode, 1);
  });

  it("names a thing once, with what is known of it", () => {
    const { leftovers } = take([
      tags(vpc),
      { name: "VPCs", authoritative: [], found: [{ ...vpc, detail: "10.0.0.0/16" }] },
    ]);
    assert.deepEqual(
      leftovers.map(({ id, detail }) => [id, detail]),
      [["vpc-1", "10.0.0.0/16"]],
    );
  });

  it("does not believe the tags about what another source knows better", () => {
    assert.deepEqual(take([tags(eni), interfaces()]).leftovers, []);
  });

  it("believes the tags where that source could not be read, and says so", () => {
    const unread: Source = { ...interfaces(), found: { unreadable: "UnauthorizedOperation: no" } };
    const inventory = take([tags(eni), unread]);
    assert.equal(inventory.leftovers.length, 1);
    assert.match(
      formatInventory(inventory),
      /Could not be looked at:\n {2}network interfaces {2}UnauthorizedOperation/,
    );
  });

  it("is not sure that nothing is left while something could not be looked at", () => {
    const inventory = take([tags(), { ...interfaces(), found: { unreadable: "no" } }]);
    assert.equal(inventory.exitCode, 1);
    assert.doesNotMatch(formatInventory(inventory), /Nothing is left/);
  });

  it("leaves out what is only a record of what is gone", () => {
    assert.equal(take([tags({ type: "ec2:instance", id: "i-1" })], "i-1").exitCode, 0);
  });

  it("tells of a key that waits for its last day, without counting it or saying how to remove it", () => {
    const inventory = take([tags({ type: "kms:key", id: "0af1", pending: "gone on 2026-12-01" })]);
    assert.deepEqual([inventory.exitCode, inventory.leftovers, inventory.pending.length], [0, [], 1]);
    assert.match(
      formatInventory(inventory),
      /Nothing is left.*\n\nDeleted.*\n {2}kms:key {2}0af1 {2}gone on 2026-12-01/,
    );
  });

  it("counts a key that nobody deleted", () => {
    const inventory = take([tags({ type: "kms:key", id: "0af1" })]);
    assert.equal(inventory.exitCode, 1);
    assert.match(formatInventory(inventory), /aws --region us-east-1 kms schedule-key-deletion --key-id 0af1/);
  });
});
