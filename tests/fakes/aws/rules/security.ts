import { AwsError } from "../errors";
import { ACCOUNT, at, listAt, type Props, stringAt, type World } from "../world";
import { needRouteTable, needSubnet, needVpc } from "./network";
import { T, type TypeRules } from "./types";
import { securityGroupUsers, securityGroupVpc } from "./usage";

const ec2 = (operation: string, code: string, detail: string): AwsError => new AwsError("EC2", operation, code, detail);

export function needSecurityGroup(world: World, id: unknown, operation: string): void {
  if (securityGroupVpc(world, id) === undefined) {
    throw ec2(operation, "InvalidGroup.NotFound", `The security group '${id}' does not exist`);
  }
}

const SOURCES = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];
const PERMISSION = ["securityGroupId", "ipProtocol", "fromPort", "toPort", ...SOURCES];

function rule(type: string, direction: "Ingress" | "Egress"): TypeRules {
  const operation = `AuthorizeSecurityGroup${direction}`;
  return {
    label: `VPC Security Group Rule (${direction})`,
    immutable: ["securityGroupId"],
    unique(world, inputs) {
      const key = JSON.stringify(PERMISSION.map((name) => inputs[name] ?? null));
      if (world.list(type).some((one) => JSON.stringify(PERMISSION.map((name) => one.inputs[name] ?? null)) === key)) {
        throw ec2(operation, "InvalidPermission.Duplicate", `the specified rule ${key} already exists`);
      }
    },
    validate(world, inputs) {
      needSecurityGroup(world, inputs.securityGroupId, operation);
      if (SOURCES.filter((name) => inputs[name] !== undefined).length !== 1) {
        throw ec2(
          operation,
          "InvalidParameterCombination",
          "Exactly one of cidr_ipv4, cidr_ipv6, prefix_list_id, referenced_security_group_id must be specified",
        );
      }
      if (inputs.referencedSecurityGroupId !== undefined) {
        needSecurityGroup(world, inputs.referencedSecurityGroupId, operation);
      }
    },
    id: (world) => world.nextId("sgr"),
    outputs: (world, _, id) => ({ arn: world.arn("ec2", `security-group-rule/${id}`), securityGroupRuleId: id }),
  };
}

export const SECURITY: Readonly<Record<string, TypeRules>> = {
  [T.securityGroup]: {
    label: "EC2 Security Group",
    immutable: ["name", "namePrefix", "description", "vpcId"],
    autoname: "name",
    unique(world, { name, vpcId }) {
      if (world.list(T.securityGroup).some(({ inputs }) => inputs.name === name && inputs.vpcId === vpcId)) {
        throw ec2(
          "CreateSecurityGroup",
          "InvalidGroup.Duplicate",
          `The security group '${name}' already exists for VPC '${vpcId}'`,
        );
      }
    },
    validate(world, inputs) {
      needVpc(world, inputs, "CreateSecurityGroup");
      if (stringAt(inputs, "name")?.startsWith("sg-") === true) {
        throw ec2(
          "CreateSecurityGroup",
          "InvalidParameterValue",
          `Value (${inputs.name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`,
        );
      }
    },
    id: (world) => world.nextId("sg"),
    outputs: (world, inputs, id) => ({
      arn: world.arn("ec2", `security-group/${id}`),
      ownerId: ACCOUNT,
      description: inputs.description ?? "Managed by Pulumi",
    }),
    remove(world, { id }) {
      if (securityGroupUsers(world, id).length > 0) {
        throw ec2("DeleteSecurityGroup", "DependencyViolation", `resource ${id} has a dependent object`);
      }
      for (const type of [T.ingressRule, T.egressRule]) {
        for (const one of world.list(type).filter(({ inputs }) => inputs.securityGroupId === id)) {
          world.remove(type, one.id);
        }
      }
    },
  },
  [T.defaultSecurityGroup]: {
    label: "EC2 Default Security Group",
    immutable: ["vpcId"],
    validate: (world, inputs) => void needVpc(world, inputs, "DescribeSecurityGroups"),
    id: (world, { vpcId }) => String(world.get(T.vpc, vpcId)?.outputs.defaultSecurityGroupId),
    outputs: (world, _, id) => ({ arn: world.arn("ec2", `security-group/${id}`), name: "default", ownerId: ACCOUNT }),
  },
  [T.ingressRule]: rule(T.ingressRule, "Ingress"),
  [T.egressRule]: rule(T.egressRule, "Egress"),
  [T.vpcEndpoint]: {
    label: "EC2 VPC Endpoint",
    immutable: ["vpcId", "serviceName", "vpcEndpointType", "serviceRegion", "resourceConfigurationArn"],
    validate(world, inputs) {
      const operation = "CreateVpcEndpoint";
      needVpc(world, inputs, operation);
      const { serviceName } = inputs;
      if (typeof serviceName !== "string" || !serviceName.startsWith(`com.amazonaws.${world.region}.`)) {
        throw ec2(operation, "InvalidServiceName", `The Vpc Endpoint Service '${serviceName}' does not exist`);
      }
      const gateway = (inputs.vpcEndpointType ?? "Gateway") === "Gateway";
      if (gateway && !/\.(s3|dynamodb)$/.test(serviceName)) {
        throw ec2(
          operation,
          "InvalidParameter",
          `Endpoint type (Gateway) does not match available service types ([Interface]).`,
        );
      }
      const zones = listAt(inputs, "subnetIds").map((id) => needSubnet(world, id, operation).inputs.availabilityZone);
      if (new Set(zones).size !== zones.length) {
        throw ec2(
          operation,
          "DuplicateSubnetsInSameZone",
          "Found another VPC endpoint subnet in the availability zone of the subnet",
        );
      }
      for (const id of listAt(inputs, "securityGroupIds")) needSecurityGroup(world, id, operation);
      for (const id of listAt(inputs, "routeTableIds")) needRouteTable(world, id, operation);
      const vpc = world.get(T.vpc, inputs.vpcId);
      if (inputs.privateDnsEnabled === true && at(vpc?.inputs, "enableDnsHostnames") !== true) {
        throw ec2(
          operation,
          "InvalidParameter",
          "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for " +
            `${inputs.vpcId}`,
        );
      }
    },
    id: (world) => world.nextId("vpce"),
    outputs: (world, inputs, id) => ({
      arn: world.arn("ec2", `vpc-endpoint/${id}`),
      ownerId: ACCOUNT,
      state: "available",
      prefixListId: "pl-63a5400a",
      dnsEntries: [],
      networkInterfaceIds: listAt(inputs, "subnetIds").map((_, index) => `${id.replace("vpce-", "eni-")}${index}`),
    }),
  },
  [T.endpointRouteTable]: {
    label: "EC2 VPC Endpoint Route Table Association",
    immutable: ["vpcEndpointId", "routeTableId"],
    validate(world, inputs: Props) {
      needRouteTable(world, inputs.routeTableId, "ModifyVpcEndpoint");
      if (world.get(T.vpcEndpoint, inputs.vpcEndpointId) === undefined) {
        throw ec2(
          "ModifyVpcEndpoint",
          "InvalidVpcEndpointId.NotFound",
          `The Vpc Endpoint Id '${inputs.vpcEndpointId}' does not exist`,
        );
      }
    },
    id: (_, inputs) => `a-${inputs.vpcEndpointId}${inputs.routeTableId}`,
  },
  [T.tag]: {
    label: "EC2 Tag",
    immutable: ["resourceId", "key"],
    validate(world, { resourceId }) {
      if (String(resourceId).startsWith("sg-")) needSecurityGroup(world, resourceId, "CreateTags");
    },
    id: (_, { resourceId, key }) => `${resourceId},${key}`,
  },
};
