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
  const groups = `${arn}:ec2:*:*:security-group/*`;
  const balancing = `${arn}:elasticloadbalancing:*:*`;
  const balancers = `${balancing}:loadbalancer/net/*/*`;
  const allow = (
    Action: PolicyStatement["Action"],
    Resource: PolicyStatement["Resource"],
    Condition?: PolicyStatement["Condition"],
  ): PolicyStatement => ({ Effect: "Allow", Action, Resource, ...(Condition === undefined ? {} : { Condition }) });
  return [
    allow(
      [
        ...ec2("DescribeAccountAttributes", "DescribeAddresses", "DescribeAvailabilityZones", "DescribeInstances"),
        ...ec2("DescribeInternetGateways", "DescribeNetworkInterfaces", "DescribeRouteTables", "DescribeTags"),
        ...ec2("DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs", "DescribeVpcPeeringConnections"),
        ...ec2("GetSecurityGroupsForVpc", "DescribeCoipPools", "GetCoipPoolUsage", "DescribeIpamPools"),
        ...elb("Describe*"),
      ],
      "*",
    ),
    allow("iam:CreateServiceLinkedRole", "*", {
      StringEquals: { "iam:AWSServiceName": "elasticloadbalancing.amazonaws.com" },
    }),
    // The rules for the balancer's traffic are in the security group that EKS makes for the nodes.
    allow(ec2("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"), "*"),
    // The VPC is part of this request and has no such tag. So the condition is on the tagging of the group, which follows.
    allow("ec2:CreateSecurityGroup", "*"),
    allow("ec2:CreateTags", groups, {
      StringEquals: { ...tagged.StringEquals, "ec2:CreateAction": "CreateSecurityGroup" },
    }),
    allow(ec2("CreateTags", "DeleteTags", "DeleteSecurityGroup"), groups, own),
    allow(elb("CreateLoadBalancer", "CreateTargetGroup"), "*", tagged),
    allow(elb("AddTags"), [`${balancing}:targetgroup/*/*`, balancers], {
      StringEquals: {
        ...tagged.StringEquals,
        "elasticloadbalancing:CreateAction": ["CreateTargetGroup", "CreateLoadBalancer"],
      },
    }),
    allow(
      [
        ...elb("AddTags", "RemoveTags", "DeleteLoadBalancer", "DeleteTargetGroup", "ModifyLoadBalancerAttributes"),
        ...elb("ModifyTargetGroup", "ModifyTargetGroupAttributes", "SetIpAddressType", "SetSecurityGroups"),
        ...elb("SetSubnets", "RegisterTargets", "DeregisterTargets", "ModifyCapacityReservation", "ModifyIpPools"),
      ],
      "*",
      own,
    ),
    // Requests for listeners carry no tag of their balancer, so no condition is possible.
    allow(
      [
        ...elb("CreateListener", "DeleteListener", "ModifyListener", "ModifyListenerAttributes"),
        ...elb("AddTags", "RemoveTags"),
      ],
      [balancers, `${balancing}:listener/net/*/*/*`],
    ),
  ];
}
