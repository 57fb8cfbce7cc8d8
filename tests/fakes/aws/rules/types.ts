import type { Props, Resource, World } from "../world";

/** The rules of one resource type. */
export interface TypeRules {
  /** What the provider calls it in its errors: `EC2 VPC`. */
  readonly label: string;
  /** Inputs that cannot be changed in place, by their path; changing one replaces the resource. */
  readonly immutable: readonly string[];
  /** Outputs that any update changes, so that a preview cannot know them. */
  readonly volatile?: readonly string[];
  /** What AWS computes inside of inputs that are objects, by its path; a preview of a creation cannot know it. */
  readonly computed?: readonly string[];
  /** The input that the provider makes a name for when the program gives none. */
  readonly autoname?: string;
  /** Throws when AWS would refuse to make it because there is one already. */
  unique?(world: World, inputs: Props): void;
  /** Throws when AWS would refuse these inputs in this world; for creation and update alike. */
  validate?(world: World, inputs: Props, self?: Resource): void;
  id(world: World, inputs: Props): string;
  /** What AWS says about it beside the inputs. */
  outputs?(world: World, inputs: Props, id: string, before?: Resource): Props;
  /** Throws when AWS would refuse to delete it, and takes away or leaves behind what goes or stays with it. */
  remove?(world: World, self: Resource): void;
}

/** The type tokens that the rules know. */
export const T = {
  vpc: "aws:ec2/vpc:Vpc",
  subnet: "aws:ec2/subnet:Subnet",
  internetGateway: "aws:ec2/internetGateway:InternetGateway",
  natGateway: "aws:ec2/natGateway:NatGateway",
  eip: "aws:ec2/eip:Eip",
  routeTable: "aws:ec2/routeTable:RouteTable",
  routeTableAssociation: "aws:ec2/routeTableAssociation:RouteTableAssociation",
  route: "aws:ec2/route:Route",
  vpcEndpoint: "aws:ec2/vpcEndpoint:VpcEndpoint",
  endpointRouteTable: "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
  securityGroup: "aws:ec2/securityGroup:SecurityGroup",
  defaultSecurityGroup: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  ingressRule: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  egressRule: "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
  flowLog: "aws:ec2/flowLog:FlowLog",
  tag: "aws:ec2/tag:Tag",
  launchTemplate: "aws:ec2/launchTemplate:LaunchTemplate",
  placementGroup: "aws:ec2/placementGroup:PlacementGroup",
  role: "aws:iam/role:Role",
  rolePolicyAttachment: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
  rolePolicy: "aws:iam/rolePolicy:RolePolicy",
  policy: "aws:iam/policy:Policy",
  key: "aws:kms/key:Key",
  alias: "aws:kms/alias:Alias",
  logGroup: "aws:cloudwatch/logGroup:LogGroup",
  cluster: "aws:eks/cluster:Cluster",
  accessEntry: "aws:eks/accessEntry:AccessEntry",
  accessPolicyAssociation: "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
  addon: "aws:eks/addon:Addon",
  nodeGroup: "aws:eks/nodeGroup:NodeGroup",
  podIdentityAssociation: "aws:eks/podIdentityAssociation:PodIdentityAssociation",
  schedule: "aws:autoscaling/schedule:Schedule",
  groupTag: "aws:autoscaling/tag:Tag",
} as const;
