import { partitionOf } from "./names";
import type { PolicyStatement } from "./serviceRole";

/** Tag of every resource that the controller makes, with the cluster's name. */
const CLUSTER_TAG = "elbv2.k8s.aws/cluster";

/**
 * Rights of the load balancer controller: read, make network load balancers with their target groups and security groups,
 * and change or delete only resources that carry its tag with this cluster's name. Services of type LoadBalancer need no
 * more. The controller's own policy also covers Ingresses with WAF, Shield and Cognito, which are not used here.
 */
export function loadBalancerPolicy(clusterName: string, region: string): PolicyStatement[] {
  const arn = `arn:${partitionOf(region)}`;
  const tagged = { StringEquals: { [`aws:RequestTag/${CLUSTER_TAG}`]: clusterName } };
  const own = { StringEquals: { [`aws:ResourceTag/${CLUSTER_TAG}`]: clusterName } };
  const elb = (...actions: string[]) => actions.map((action) => `elasticloadbalancing:${action}`);
  const ec2 = (...actions: string[]) => actions.map((action) => `ec2:${action}`);
  const balancing = `${arn}:elasticloadbalancing:*:*`;
  return [
    {
      Effect: "Allow",
      Action: [
        ...ec2("DescribeAccountAttributes", "DescribeAddresses", "DescribeAvailabilityZones", "DescribeInstances"),
        ...ec2("DescribeInternetGateways", "DescribeNetworkInterfaces", "DescribeRouteTables", "DescribeTags"),
        ...ec2("DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs", "DescribeVpcPeeringConnections"),
        ...ec2("GetSecurityGroupsForVpc", "DescribeCoipPools", "GetCoipPoolUsage", "DescribeIpamPools"),
        "elasticloadbalancing:Describe*",
      ],
      Resource: "*",
    },
    {
      Effect: "Allow",
      Action: "iam:CreateServiceLinkedRole",
      Resource: "*",
      Condition: { StringEquals: { "iam:AWSServiceName": "elasticloadbalancing.amazonaws.com" } },
    },
    // The rules for the balancer's traffic are in the security group that EKS makes for the nodes.
    {
      Effect: "Allow",
      Action: ec2("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"),
      Resource: "*",
    },
    // The VPC is part of this request and has no such tag. So the condition is on the tagging of the group, which follows.
    { Effect: "Allow", Action: "ec2:CreateSecurityGroup", Resource: "*" },
    {
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: `${arn}:ec2:*:*:security-group/*`,
      Condition: {
        StringEquals: { ...tagged.StringEquals, "ec2:CreateAction": "CreateSecurityGroup" },
      },
    },
    {
      Effect: "Allow",
      Action: ec2("CreateTags", "DeleteTags", "DeleteSecurityGroup"),
      Resource: `${arn}:ec2:*:*:security-group/*`,
      Condition: own,
    },
    { Effect: "Allow", Action: elb("CreateLoadBalancer", "CreateTargetGroup"), Resource: "*", Condition: tagged },
    {
      Effect: "Allow",
      Action: elb("AddTags"),
      Resource: [`${balancing}:targetgroup/*/*`, `${balancing}:loadbalancer/net/*/*`],
      Condition: {
        StringEquals: {
          ...tagged.StringEquals,
          "elasticloadbalancing:CreateAction": ["CreateTargetGroup", "CreateLoadBalancer"],
        },
      },
    },
    {
      Effect: "Allow",
      Action: [
        ...elb("AddTags", "RemoveTags", "DeleteLoadBalancer", "DeleteTargetGroup", "ModifyLoadBalancerAttributes"),
        ...elb(
          "ModifyTargetGroup",
          "ModifyTargetGroupAttributes",
          "SetIpAddressType",
          "SetSecurityGroups",
          "SetSubnets",
        ),
        ...elb("RegisterTargets", "DeregisterTargets", "ModifyCapacityReservation", "ModifyIpPools"),
      ],
      Resource: "*",
      Condition: own,
    },
    // Requests for listeners carry no tag of their balancer, so no condition is possible.
    {
      Effect: "Allow",
      Action: elb(
        "CreateListener",
        "DeleteListener",
        "ModifyListener",
        "ModifyListenerAttributes",
        "AddTags",
        "RemoveTags",
      ),
      Resource: [`${balancing}:loadbalancer/net/*/*`, `${balancing}:listener/net/*/*/*`],
    },
  ];
}
