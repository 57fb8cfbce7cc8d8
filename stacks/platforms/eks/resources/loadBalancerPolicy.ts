import { partitionOf } from "./partition";
import type { PolicyStatement } from "./serviceRole";

/** Tag that the controller puts on everything it makes, with the cluster's name. */
const CLUSTER_TAG = "elbv2.k8s.aws/cluster";

/**
 * What the load balancer controller may do: look around, make network load balancers with their target groups and
 * security groups, and change or delete only what carries its tag with this cluster's name. It is what Services of type
 * LoadBalancer need; the controller's own policy also covers Ingresses with WAF, Shield and Cognito, which nothing here
 * uses.
 */
export function loadBalancerPolicy(clusterName: string, region: string): PolicyStatement[] {
  const arn = `arn:${partitionOf(region)}`;
  const made = { StringEquals: { [`aws:RequestTag/${CLUSTER_TAG}`]: clusterName } };
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
    // Rules for the balancer's traffic go into the security group that the nodes share, which EKS made.
    {
      Effect: "Allow",
      Action: ec2("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"),
      Resource: "*",
    },
    // Made in a VPC, which has no such tag; the condition is on the request to tag it, which is part of making it.
    { Effect: "Allow", Action: "ec2:CreateSecurityGroup", Resource: "*" },
    {
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: `${arn}:ec2:*:*:security-group/*`,
      Condition: {
        StringEquals: { ...made.StringEquals, "ec2:CreateAction": "CreateSecurityGroup" },
      },
    },
    {
      Effect: "Allow",
      Action: ec2("CreateTags", "DeleteTags", "DeleteSecurityGroup"),
      Resource: `${arn}:ec2:*:*:security-group/*`,
      Condition: own,
    },
    { Effect: "Allow", Action: elb("CreateLoadBalancer", "CreateTargetGroup"), Resource: "*", Condition: made },
    {
      Effect: "Allow",
      Action: elb("AddTags"),
      Resource: [`${balancing}:targetgroup/*/*`, `${balancing}:loadbalancer/net/*/*`],
      Condition: {
        StringEquals: {
          ...made.StringEquals,
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
    // Listeners are part of a balancer; their requests carry no tag of the balancer to go by.
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
