import * as assert from "node:assert/strict";
import { removal } from "../../../../../stacks/platforms/eks/leftovers/removal";
import { fromArn } from "../../../../../stacks/platforms/eks/leftovers/tagged";
import type { Resource } from "../../../../../stacks/platforms/operations";

const A = "arn:aws";
const EC2 = `${A}:ec2:us-east-1:123456789012`;
const ELB = `${A}:elasticloadbalancing:us-east-1:123456789012`;
const EKS = `${A}:eks:us-east-1:123456789012`;

describe("commands that remove resources", () => {
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
    it(`${command === undefined ? "do not exist" : "exist"} for ${arn}`, () => {
      const resource = fromArn(arn);
      assert.equal(resource?.type, type);
      assert.equal(removal(resource as Resource, "us-east-1"), command);
    });
  }

  it("empty a role and an instance profile before they delete them", () => {
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

  it("ignore resources that are deleted with another one, or that this program never makes", () => {
    assert.equal(fromArn(`${EC2}:security-group-rule/sgr-1`), undefined);
    assert.equal(fromArn(`${EC2}:capacity-reservation/cr-1`), undefined);
  });
});
