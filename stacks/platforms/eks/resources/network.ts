import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../../../components/childOptions";
import { allocateSubnets } from "./cidr";
import { flowLogs } from "./flowLogs";
import { gatewayEndpoint, interfaceEndpoints } from "./vpcEndpoints";

/** Arguments of the network. */
export interface NetworkArgs {
  readonly region: string;
  /** IPv4 block of the VPC. */
  readonly cidr: string;
  /** Availability zones, at least two; each keeps its subnets as long as it keeps its place. */
  readonly zones: readonly string[];
  /** One NAT gateway in the first zone, or one in each. */
  readonly nat: "single" | "perZone";
  /** Whether AWS is reached through interface endpoints in the VPC. */
  readonly interfaceEndpoints: boolean;
  readonly flowLogs: { readonly enabled: boolean; readonly retentionDays: number };
  /** Name of the cluster that load balancers are made for. */
  readonly clusterName: string;
}

/** The subnets of one zone and the table that routes what leaves the private one. */
interface Zone {
  readonly zone: string;
  readonly public: aws.ec2.Subnet;
  readonly private: aws.ec2.Subnet;
}

/** A VPC with a public and a private subnet in each zone. Nodes are in private ones, and leave through NAT. */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** In the order of `zones`. */
  readonly publicSubnetIds: pulumi.Output<string>[];
  /** In the order of `zones`; known once something in them can reach the internet. */
  readonly privateSubnetIds: pulumi.Output<string>[];
  readonly zones: readonly string[];

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    const { zones } = args;
    if (zones.length < 2 || new Set(zones).size !== zones.length) {
      throw new Error(`EKS needs two different zones at least, not ${zones.join(", ") || "none"}`);
    }
    const blocks = allocateSubnets(args.cidr, zones.length);
    super("llmd:aws:Network", name, {}, opts);
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
            // How the load balancer controller finds the subnets of its balancers.
            [`kubernetes.io/cluster/${args.clusterName}`]: "shared",
            [kind === "public" ? "kubernetes.io/role/elb" : "kubernetes.io/role/internal-elb"]: "1",
          },
        },
        child(),
      );
    const subnets: Zone[] = zones.map((zone, index) => ({
      zone,
      public: subnet("public", zone, blocks[index]?.public ?? ""),
      private: subnet("private", zone, blocks[index]?.private ?? ""),
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

    // An address is in use through the internet gateway, which AWS detaches only when there is none left.
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

    const privateTables: aws.ec2.RouteTable[] = [];
    const ways: pulumi.Resource[] = [];
    subnets.forEach((zone, index) => {
      const privateTable = table(`private-${zone.zone}`);
      const nat = nats[index] ?? nats[0];
      if (nat === undefined) throw new Error("there is no NAT gateway");
      ways.push(
        new aws.ec2.Route(
          `${name}-private-${zone.zone}-nat`,
          { routeTableId: privateTable.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat.id },
          child(),
        ),
        associate(`private-${zone.zone}`, zone.private.id, privateTable.id),
      );
      privateTables.push(privateTable);
    });

    gatewayEndpoint(
      name,
      { region: args.region, vpcId: vpc.id, routeTableIds: privateTables.map(({ id }) => id) },
      child(),
    );
    if (args.interfaceEndpoints) {
      interfaceEndpoints(
        name,
        {
          region: args.region,
          vpcId: vpc.id,
          cidr: args.cidr,
          subnetIds: subnets.map((zone) => zone.private.id),
        },
        child(),
      );
    }
    if (args.flowLogs.enabled) {
      flowLogs(name, { region: args.region, vpcId: vpc.id, retentionDays: args.flowLogs.retentionDays }, child());
    }

    this.vpcId = vpc.id;
    this.zones = zones;
    this.publicSubnetIds = subnets.map((zone) => zone.public.id);
    this.privateSubnetIds = subnets.map((zone) => zone.private.id);
    this.registerOutputs({
      vpcId: this.vpcId,
      publicSubnetIds: this.publicSubnetIds,
      privateSubnetIds: this.privateSubnetIds,
    });
  }

  /** The private subnet of one zone, or those of all. */
  privateSubnetsOf(zone?: string): pulumi.Output<string>[] {
    if (zone === undefined) return this.privateSubnetIds;
    const subnet = this.privateSubnetIds[this.zones.indexOf(zone)];
    if (subnet === undefined) throw new Error(`${zone} is not among the network's zones (${this.zones.join(", ")})`);
    return [subnet];
  }
}
