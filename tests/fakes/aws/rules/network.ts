import { AwsError, FakeError } from "../errors";
import { ACCOUNT, listAt, type Props, type Resource, stringAt, type World } from "../world";
import { contains, overlaps, range } from "./cidr";
import { T, type TypeRules } from "./types";
import { nodesBehind, publicAddressesOf, subnetUsers, vpcUsers } from "./usage";

const ec2 = (operation: string, code: string, detail: string): AwsError => new AwsError("EC2", operation, code, detail);

export function needVpc(world: World, inputs: Props, operation: string): Resource {
  const vpc = world.get(T.vpc, inputs.vpcId);
  if (vpc === undefined) {
    throw ec2(operation, "InvalidVpcID.NotFound", `The vpc ID '${inputs.vpcId}' does not exist`);
  }
  return vpc;
}

export function needSubnet(world: World, id: unknown, operation: string): Resource {
  const subnet = world.get(T.subnet, id);
  if (subnet === undefined) {
    throw ec2(operation, "InvalidSubnetID.NotFound", `The subnet ID '${id}' does not exist`);
  }
  return subnet;
}

export function needRouteTable(world: World, id: unknown, operation: string): Resource {
  const table = world.get(T.routeTable, id);
  if (table === undefined) {
    throw ec2(operation, "InvalidRouteTableID.NotFound", `The routeTable ID '${id}' does not exist`);
  }
  return table;
}

/** AWS allows it. Its nodes are then cut off, and the cluster's contents can no longer be deleted in order. */
function keepNodesConnected(world: World, self: Resource): void {
  const nodes = nodesBehind(world, self);
  if (nodes.length === 0) return;
  throw new FakeError(
    `the nodes of ${nodes.join(", ")} reach their control plane through ${self.id}; delete the node group first`,
  );
}

function routeTarget(world: World, inputs: Props): void {
  if (inputs.natGatewayId !== undefined && world.get(T.natGateway, inputs.natGatewayId) === undefined) {
    throw ec2(
      "CreateRoute",
      "InvalidNatGatewayID.NotFound",
      `The natGateway ID '${inputs.natGatewayId}' does not exist`,
    );
  }
  if (inputs.gatewayId !== undefined && world.get(T.internetGateway, inputs.gatewayId) === undefined) {
    throw ec2("CreateRoute", "InvalidGatewayID.NotFound", `The gateway ID '${inputs.gatewayId}' does not exist`);
  }
}

export const NETWORK: Readonly<Record<string, TypeRules>> = {
  [T.vpc]: {
    label: "EC2 VPC",
    immutable: ["cidrBlock", "instanceTenancy", "ipv4IpamPoolId", "ipv4NetmaskLength"],
    validate(_, { cidrBlock }) {
      const block = range(cidrBlock);
      if (block === undefined) {
        throw ec2(
          "CreateVpc",
          "InvalidParameterValue",
          `Value (${cidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
        );
      }
      if (block.prefix < 16 || block.prefix > 28) {
        throw ec2("CreateVpc", "InvalidVpc.Range", `The CIDR '${cidrBlock}' is invalid.`);
      }
    },
    id: (world) => world.nextId("vpc"),
    outputs: (world, _, id, before) => ({
      arn: world.arn("ec2", `vpc/${id}`),
      ownerId: ACCOUNT,
      defaultSecurityGroupId: before?.outputs.defaultSecurityGroupId ?? world.nextId("sg"),
      mainRouteTableId: before?.outputs.mainRouteTableId ?? world.nextId("rtb"),
      defaultRouteTableId: before?.outputs.defaultRouteTableId ?? world.nextId("rtb"),
      defaultNetworkAclId: before?.outputs.defaultNetworkAclId ?? world.nextId("acl"),
      dhcpOptionsId: "dopt-00000000000000001",
    }),
    remove(world, { id }) {
      if (vpcUsers(world, id).length > 0) {
        throw ec2("DeleteVpc", "DependencyViolation", `The vpc '${id}' has dependencies and cannot be deleted.`);
      }
    },
  },
  [T.subnet]: {
    label: "EC2 Subnet",
    immutable: ["vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native", "outpostArn"],
    validate(world, inputs, self) {
      const vpc = needVpc(world, inputs, "CreateSubnet");
      const { cidrBlock } = inputs;
      if (!contains(vpc.inputs.cidrBlock, cidrBlock)) {
        throw ec2("CreateSubnet", "InvalidSubnet.Range", `The CIDR '${cidrBlock}' is invalid.`);
      }
      const others = world.list(T.subnet).filter((one) => one.inputs.vpcId === vpc.id && one.id !== self?.id);
      if (others.some((one) => overlaps(one.inputs.cidrBlock, cidrBlock))) {
        throw ec2("CreateSubnet", "InvalidSubnet.Conflict", `The CIDR '${cidrBlock}' conflicts with another subnet`);
      }
      const zone = stringAt(inputs, "availabilityZone");
      if (zone !== undefined && !zone.startsWith(world.region)) {
        throw ec2(
          "CreateSubnet",
          "InvalidParameterValue",
          `Value (${zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the ` +
            `following availability zones: ${["a", "b", "c", "d"].map((letter) => world.region + letter).join(", ")}.`,
        );
      }
    },
    id: (world) => world.nextId("subnet"),
    outputs: (world, _, id) => ({ arn: world.arn("ec2", `subnet/${id}`), ownerId: ACCOUNT }),
    remove(world, { id }) {
      if (subnetUsers(world, id).length > 0) {
        throw ec2("DeleteSubnet", "DependencyViolation", `The subnet '${id}' has dependencies and cannot be deleted.`);
      }
    },
  },
  [T.internetGateway]: {
    label: "EC2 Internet Gateway",
    immutable: [],
    validate(world, inputs, self) {
      if (inputs.vpcId === undefined) return;
      const vpc = needVpc(world, inputs, "AttachInternetGateway");
      if (world.list(T.internetGateway).some((one) => one.inputs.vpcId === vpc.id && one.id !== self?.id)) {
        throw ec2(
          "AttachInternetGateway",
          "InvalidParameterValue",
          `Network ${vpc.id} already has an internet gateway attached`,
        );
      }
    },
    id: (world) => world.nextId("igw"),
    outputs: (world, _, id) => ({ arn: world.arn("ec2", `internet-gateway/${id}`), ownerId: ACCOUNT }),
    remove(world, { id, inputs }) {
      if (publicAddressesOf(world, inputs.vpcId).length > 0) {
        throw ec2(
          "DetachInternetGateway",
          "DependencyViolation",
          `Network ${inputs.vpcId} has some mapped public address(es). ` +
            `Please unmap those public address(es) before detaching the gateway.`,
        );
      }
      const self = world.get(T.internetGateway, id);
      if (self !== undefined) keepNodesConnected(world, self);
    },
  },
  [T.eip]: {
    label: "EC2 EIP",
    immutable: ["domain", "address", "publicIpv4Pool", "networkBorderGroup", "customerOwnedIpv4Pool", "ipamPoolId"],
    id: (world) => world.nextId("eipalloc"),
    outputs: (world, _, id) => ({
      arn: world.arn("ec2", `elastic-ip/${id}`),
      allocationId: id,
      publicIp: `203.0.113.${Number.parseInt(id.slice(-2), 16)}`,
    }),
    remove(world, { id }) {
      // EC2's error for an address of a NAT gateway.
      if (world.list(T.natGateway).some(({ inputs }) => inputs.allocationId === id)) {
        throw ec2("ReleaseAddress", "AuthFailure", "You do not have permission to access the specified resource.");
      }
    },
  },
  [T.natGateway]: {
    label: "EC2 NAT Gateway",
    immutable: ["subnetId", "allocationId", "connectivityType", "privateIp"],
    validate(world, { subnetId, allocationId, connectivityType }, self) {
      const subnet = needSubnet(world, subnetId, "CreateNatGateway");
      if (connectivityType === "private") return;
      if (world.get(T.eip, allocationId) === undefined) {
        throw ec2(
          "CreateNatGateway",
          "InvalidAllocationID.NotFound",
          `The allocation ID '${allocationId}' does not exist`,
        );
      }
      if (world.list(T.natGateway).some((one) => one.inputs.allocationId === allocationId && one.id !== self?.id)) {
        throw ec2(
          "CreateNatGateway",
          "Resource.AlreadyAssociated",
          `Elastic IP address [${allocationId}] is already associated`,
        );
      }
      if (!world.list(T.internetGateway).some((one) => one.inputs.vpcId === subnet.inputs.vpcId)) {
        throw ec2(
          "CreateNatGateway",
          "Gateway.NotAttached",
          `Network ${subnet.inputs.vpcId} has no Internet gateway attached`,
        );
      }
    },
    id: (world) => world.nextId("nat"),
    outputs: (world, inputs, id) => ({
      networkInterfaceId: id.replace("nat-", "eni-"),
      publicIp: world.get(T.eip, inputs.allocationId)?.outputs.publicIp,
      privateIp: "10.0.0.4",
    }),
    remove: keepNodesConnected,
  },
  [T.routeTable]: {
    label: "EC2 Route Table",
    immutable: ["vpcId"],
    validate(world, inputs) {
      needVpc(world, inputs, "CreateRouteTable");
      for (const route of listAt<Props>(inputs, "routes")) routeTarget(world, route);
    },
    id: (world) => world.nextId("rtb"),
    outputs: (world, _, id) => ({ arn: world.arn("ec2", `route-table/${id}`), ownerId: ACCOUNT }),
    // The provider removes a table's subnet associations first, but not those with endpoints.
    remove(world, self) {
      keepNodesConnected(world, self);
      if (world.list(T.vpcEndpoint).some(({ inputs }) => listAt(inputs, "routeTableIds").includes(self.id))) {
        throw ec2(
          "DeleteRouteTable",
          "DependencyViolation",
          `The routeTable '${self.id}' has dependencies and cannot be deleted.`,
        );
      }
    },
  },
  [T.routeTableAssociation]: {
    label: "EC2 Route Table Association",
    immutable: ["subnetId", "gatewayId"],
    validate(world, { subnetId, routeTableId }, self) {
      needRouteTable(world, routeTableId, "AssociateRouteTable");
      needSubnet(world, subnetId, "AssociateRouteTable");
      if (world.list(T.routeTableAssociation).some((one) => one.inputs.subnetId === subnetId && one.id !== self?.id)) {
        throw ec2(
          "AssociateRouteTable",
          "Resource.AlreadyAssociated",
          `the specified association for route table ${routeTableId} conflicts with an existing association`,
        );
      }
    },
    id: (world) => world.nextId("rtbassoc"),
    remove: keepNodesConnected,
  },
  [T.route]: {
    label: "EC2 Route",
    immutable: ["routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"],
    unique(world, { routeTableId, destinationCidrBlock }) {
      const there = world
        .list(T.route)
        .some(
          ({ inputs }) => inputs.routeTableId === routeTableId && inputs.destinationCidrBlock === destinationCidrBlock,
        );
      if (there) {
        throw ec2(
          "CreateRoute",
          "RouteAlreadyExists",
          `Route in Route Table (${routeTableId}) with destination (${destinationCidrBlock}) already exists`,
        );
      }
    },
    validate(world, inputs) {
      needRouteTable(world, inputs.routeTableId, "CreateRoute");
      routeTarget(world, inputs);
    },
    id: (world, { routeTableId }) => `r-${routeTableId}${++world.state.last}`,
    outputs: () => ({ origin: "CreateRoute", state: "active" }),
    remove: keepNodesConnected,
  },
  [T.flowLog]: {
    label: "EC2 Flow Log",
    immutable: [
      ...["vpcId", "subnetId", "eniId", "trafficType", "logDestination", "logDestinationType", "logFormat"],
      ...["iamRoleArn", "maxAggregationInterval", "destinationOptions", "deliverCrossAccountRole"],
    ],
    validate(world, inputs) {
      if (inputs.vpcId !== undefined) needVpc(world, inputs, "CreateFlowLogs");
      const toLogs = (inputs.logDestinationType ?? "cloud-watch-logs") === "cloud-watch-logs";
      if (!toLogs) return;
      if (world.by(T.role, "arn", inputs.iamRoleArn) === undefined) {
        throw ec2("CreateFlowLogs", "InvalidParameter", "DeliverLogsPermissionArn can't be empty or does not exist");
      }
      const destination = stringAt(inputs, "logDestination")?.replace(/:\*$/, "");
      if (world.by(T.logGroup, "arn", destination) === undefined) {
        throw ec2("CreateFlowLogs", "InvalidParameter", `LogDestination ${destination} does not exist`);
      }
    },
    id: (world) => world.nextId("fl"),
    outputs: (world, _, id) => ({ arn: world.arn("ec2", `vpc-flow-log/${id}`) }),
  },
};
