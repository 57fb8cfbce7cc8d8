import { at, listAt, type Props, type Resource, stringAt, type World } from "../world";
import { templateData } from "./compute";
import { T } from "./types";

/** The security groups of a launch template. */
export function securityGroupsOf(template: Props | undefined): string[] {
  return [
    ...listAt(template, "vpcSecurityGroupIds"),
    ...listAt<Props>(template, "networkInterfaces").flatMap((one) => listAt(one, "securityGroups")),
  ];
}

/** Everything that uses a security group or refers to it, except its own rules. */
export function securityGroupUsers(world: World, id: string): string[] {
  const using = (type: string, has: (resource: Resource) => string[]): string[] =>
    world
      .list(type)
      .filter((resource) => has(resource).includes(id))
      .map((resource) => resource.id);
  const rulesOf = ({ inputs }: Resource): string[] =>
    stringAt(inputs, "securityGroupId") === id ? [] : [stringAt(inputs, "referencedSecurityGroupId") ?? ""];
  return [
    ...using(T.cluster, ({ inputs }) => listAt(inputs, "vpcConfig.securityGroupIds")),
    ...using(T.nodeGroup, ({ inputs }) => securityGroupsOf(templateData(world, inputs))),
    ...using(T.vpcEndpoint, ({ inputs }) => listAt(inputs, "securityGroupIds")),
    ...using(T.ingressRule, rulesOf),
    ...using(T.egressRule, rulesOf),
    ...world.state.foreign.filter((one) => one.securityGroupIds?.includes(id) === true).map((one) => one.id),
  ];
}

/** Everything with a network interface in a subnet. */
export function subnetUsers(world: World, id: string): string[] {
  return [
    ...world.list(T.natGateway).filter(({ inputs }) => inputs.subnetId === id),
    ...world.list(T.vpcEndpoint).filter(({ inputs }) => listAt(inputs, "subnetIds").includes(id)),
    ...world.list(T.cluster).filter(({ inputs }) => listAt(inputs, "vpcConfig.subnetIds").includes(id)),
    ...world.list(T.nodeGroup).filter(({ inputs }) => listAt(inputs, "subnetIds").includes(id)),
    ...world.state.foreign.filter((one) => one.subnetIds?.includes(id) === true),
  ].map((one) => one.id);
}

/** Everything that blocks the deletion of a VPC. */
export function vpcUsers(world: World, id: string): string[] {
  const subnets = new Set(world.list(T.subnet).map((subnet) => (subnet.inputs.vpcId === id ? subnet.id : "")));
  const held = [T.subnet, T.securityGroup, T.internetGateway, T.routeTable, T.vpcEndpoint].flatMap((type) =>
    world.list(type).filter(({ inputs }) => inputs.vpcId === id),
  );
  const foreign = world.state.foreign.filter(
    (one) => one.vpcId === id || (one.subnetIds ?? []).some((subnet) => subnets.has(subnet)),
  );
  return [...held, ...foreign].map((one) => one.id);
}

/** Everything with a public address in a VPC. It blocks the detachment of the internet gateway. */
export function publicAddressesOf(world: World, vpcId: unknown): string[] {
  const inVpc = (subnet: unknown): boolean => world.get(T.subnet, subnet)?.inputs.vpcId === vpcId;
  return [
    ...world
      .list(T.natGateway)
      .filter(({ inputs }) => inputs.connectivityType !== "private" && inVpc(inputs.subnetId))
      .map((nat) => nat.id),
    ...world.state.foreign
      .filter((one) => one.public === true && (one.vpcId === vpcId || (one.subnetIds ?? []).some(inVpc)))
      .map((one) => one.id),
  ];
}

/** The resources of a subnet's route to the internet; undefined without a route. */
export function routeOut(world: World, subnetId: string): Resource[] | undefined {
  for (const association of world.list(T.routeTableAssociation).filter(({ inputs }) => inputs.subnetId === subnetId)) {
    const table = world.get(T.routeTable, association.inputs.routeTableId);
    const inline = listAt<Props>(table?.inputs, "routes").find((route) => route.cidrBlock === "0.0.0.0/0");
    const route = world
      .list(T.route)
      .find(({ inputs }) => inputs.routeTableId === table?.id && inputs.destinationCidrBlock === "0.0.0.0/0");
    const target = inline ?? route?.inputs;
    const gateway = world.get(T.natGateway, target?.natGatewayId) ?? world.get(T.internetGateway, target?.gatewayId);
    if (table === undefined || gateway === undefined) continue;
    return [association, table, gateway, ...(route === undefined ? [] : [route])];
  }
  return undefined;
}

/** The node groups with instances that reach their control plane through this resource. */
export function nodesBehind(world: World, self: Resource): string[] {
  return world
    .list(T.nodeGroup)
    .filter(({ inputs }) => Number(at(inputs, "scalingConfig.desiredSize")) > 0)
    .filter(({ inputs }) => listAt(inputs, "subnetIds").some((id) => routeOut(world, id)?.includes(self) === true))
    .map((group) => group.id);
}

/** The VPC of a security group that the program, the VPC, a cluster or a controller created. Undefined when it does not exist. */
export function securityGroupVpc(world: World, id: unknown): string | undefined {
  const made = world.get(T.securityGroup, id)?.inputs.vpcId;
  const ofVpc = world.by(T.vpc, "defaultSecurityGroupId", id)?.id;
  const cluster = world.list(T.cluster).find(({ outputs }) => at(outputs, "vpcConfig.clusterSecurityGroupId") === id);
  const foreign = world.foreign("securityGroup").find((one) => one.id === id)?.vpcId;
  return (made as string | undefined) ?? ofVpc ?? stringAt(cluster?.outputs, "vpcConfig.vpcId") ?? foreign;
}
