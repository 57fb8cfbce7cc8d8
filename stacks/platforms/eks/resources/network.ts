import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../../../components/childOptions";
import { flowLogs } from "./flowLogs";
import { allocateSubnets, type ZoneSubnets } from "./networkPlan";
import { gatewayEndpoint, interfaceEndpoints } from "./vpcEndpoints";

/** Arguments of the network. */
export interface NetworkArgs {
  readonly region: string;
  /** IPv4 block of the VPC. */
  readonly cidr: string;
  /** At least two availability zones. A zone keeps its subnets as long as it keeps its place in the list. */
  readonly zones: readonly string[];
  /** One NAT gateway in the first zone, or one in each. */
  readonly nat: "single" | "perZone";
  /** Whether AWS services are reached through interface endpoints in the VPC. */
  readonly interfaceEndpoints: boolean;
  readonly flowLogs: { readonly enabled: boolean; readonly retentionDays: number };
  /** Name of the cluster whose load balancers use the subnets. */
  readonly clusterName: string;
}

/** The subnets of one zone. */
interface Zone {
  readonly zone: string;
  readonly public: aws.ec2.Subnet;
  readonly private: aws.ec2.Subnet;
}

/** A VPC with a public and a private subnet in each zone. Nodes are in private subnets and reach the internet by NAT. */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** In the order of `zones`. */
  readonly publicSubnetIds: pulumi.Output<string>[];
  /** In the order of `zones`. */
  readonly privateSubnetIds: pulumi.Output<string>[];
  readonly zones: readonly string[];

  /** @throws InputPropertyError when the zones or the block are not possible */
  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    const { region, zones } = args;
    const blocks = subnetBlocks(args);
    super("llmd:aws:Network", name, args, opts);
    const child = (...more: pulumi.Resource[]) => childOptions(this, opts, more);

    const vpc = new aws.ec2.Vpc(
      `${name}-vpc`,
      { cidrBlock: args.cidr, enableDnsHostnames: true, enableDnsSupport: true, tags: { Name: name } },
      child(),
    );
    const gateway = new aws.ec2.InternetGateway(`${name}-internet`, { vpcId: vpc.id, tags: { Name: name } }, child());

    const subnet = (kind: "public" | "private", zone: string, cidrBlock: string): aws.ec2.Subnet =>
      new aws.ec2.Subnet(
        `${name}-${kind}-${zone}`,
        {
          vpcId: vpc.id,
          availabilityZone: zone,
          cidrBlock,
          tags: {
            Name: `${name}-${kind}-${zone}`,
            // The load balancer controller finds the subnets of its balancers by these tags.
            [`kubernetes.io/cluster/${args.clusterName}`]: "shared",
            [kind === "public" ? "kubernetes.io/role/elb" : "kubernetes.io/role/internal-elb"]: "1",
          },
        },
        child(),
      );
    const subnets: Zone[] = zones.map((zone, index) => ({
      zone,
      public: subnet("public", zone, blocks[index]!.public),
      private: subnet("private", zone, blocks[index]!.private),
    }));

    const table = (suffix: string): aws.ec2.RouteTable =>
      new aws.ec2.RouteTable(`${name}-${suffix}`, { vpcId: vpc.id, tags: { Name: `${name}-${suffix}` } }, child());
    const associate = (suffix: string, subnetId: pulumi.Input<string>, routeTableId: pulumi.Input<string>) =>
      new aws.ec2.RouteTableAssociation(`${name}-${suffix}`, { subnetId, routeTableId }, child());

    const publicTable = table("public");
    const publicRoute = new aws.ec2.Route(
      `${name}-public-internet`,
      { routeTableId: publicTable.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
      child(),
    );
    const publicAssociations = subnets.map((zone) => associate(`public-${zone.zone}`, zone.public.id, publicTable.id));

    // AWS detaches the internet gateway only when no address uses it.
    const nats = (args.nat === "single" ? subnets.slice(0, 1) : subnets).map((zone) => {
      const address = new aws.ec2.Eip(
        `${name}-nat-${zone.zone}`,
        { domain: "vpc", tags: { Name: `${name}-nat-${zone.zone}` } },
        child(gateway),
      );
      return new aws.ec2.NatGateway(
        `${name}-nat-${zone.zone}`,
        { subnetId: zone.public.id, allocationId: address.id, tags: { Name: `${name}-${zone.zone}` } },
        child(publicRoute, ...publicAssociations),
      );
    });

    const routeTableIds = subnets.map((zone, index) => {
      const privateTable = table(`private-${zone.zone}`);
      const natGatewayId = (nats[index] ?? nats[0]!).id;
      new aws.ec2.Route(
        `${name}-private-${zone.zone}-nat`,
        { routeTableId: privateTable.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId },
        child(),
      );
      associate(`private-${zone.zone}`, zone.private.id, privateTable.id);
      return privateTable.id;
    });

    this.vpcId = vpc.id;
    this.zones = zones;
    this.publicSubnetIds = subnets.map((zone) => zone.public.id);
    this.privateSubnetIds = subnets.map((zone) => zone.private.id);

    gatewayEndpoint(name, { region, vpcId: vpc.id, routeTableIds }, child());
    if (args.interfaceEndpoints) {
      interfaceEndpoints(name, { region, vpcId: vpc.id, cidr: args.cidr, subnetIds: this.privateSubnetIds }, child);
    }
    if (args.flowLogs.enabled) {
      flowLogs(name, { region, vpcId: vpc.id, retentionDays: args.flowLogs.retentionDays }, child);
    }

    this.registerOutputs({
      vpcId: this.vpcId,
      publicSubnetIds: this.publicSubnetIds,
      privateSubnetIds: this.privateSubnetIds,
    });
  }

  /**
   * The private subnet of one zone, or those of all zones.
   *
   * @throws Error when the network has no such zone
   */
  privateSubnetsOf(zone?: string): pulumi.Output<string>[] {
    if (zone === undefined) return this.privateSubnetIds;
    const subnet = this.privateSubnetIds[this.zones.indexOf(zone)];
    if (subnet === undefined) throw new Error(`${zone} is not among the network's zones (${this.zones.join(", ")})`);
    return [subnet];
  }
}

/** The blocks of the subnets of each zone. */
function subnetBlocks({ cidr, zones }: NetworkArgs): ZoneSubnets[] {
  if (zones.length < 2 || new Set(zones).size !== zones.length) {
    const reason = `EKS needs at least two different zones, not ${zones.join(", ") || "none"}`;
    throw new pulumi.InputPropertyError({ propertyPath: "zones", reason });
  }
  try {
    return allocateSubnets(cidr, zones.length);
  } catch (error) {
    throw new pulumi.InputPropertyError({ propertyPath: "cidr", reason: (error as Error).message });
  }
}
