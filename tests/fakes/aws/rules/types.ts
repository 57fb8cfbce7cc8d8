import type { Props, Resource, World } from "../world";

/** The rules of one resource type. */
export interface TypeRules {
  /** Its name in the provider's errors: `EC2 VPC`. */
  readonly label: string;
  /** Paths of inputs whose change replaces the resource. */
  readonly immutable: readonly string[];
  /** Outputs that every update changes. A preview does not know them. */
  readonly volatile?: readonly string[];
  /** Paths of what AWS computes inside input objects. The preview of a creation does not know it. */
  readonly computed?: readonly string[];
  /** The input that gets a generated name when the program gives none. */
  readonly autoname?: string;
  /** @throws AwsError when one with this name exists */
  unique?(world: World, inputs: Props): void;
  /** Validates a creation or an update. @throws AwsError when AWS refuses it */
  validate?(world: World, inputs: Props, self?: Resource): void;
  id(world: World, inputs: Props): string;
  /** The outputs besides the inputs. */
  outputs?(world: World, inputs: Props, id: string, before?: Resource): Props;
  /** Deletes what AWS deletes with it, and adds what it leaves behind. @throws AwsError when AWS refuses the deletion */
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
