import { AwsProvider } from "../../../fakes/aws/provider";
import { T } from "../../../fakes/aws/rules";
import { type Props, type Resource, World } from "../../../fakes/aws/world";

const NODE_POLICIES = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKS_CNI_Policy"];

/** A trust policy for a service. */
export function trust(service: string, actions: readonly string[] = ["sts:AssumeRole"]): string {
  return JSON.stringify({ Statement: [{ Effect: "Allow", Action: actions, Principal: { Service: service } }] });
}

/** An account that is filled by hand, without an engine. */
export class TestAccount {
  readonly world = new World();
  readonly provider = new AwsProvider();

  make(type: string, inputs: Props): Resource {
    const { id } = this.provider.create(this.world, type, inputs);
    return this.get(type, id);
  }

  get(type: string, id: string): Resource {
    const found = this.world.get(type, id);
    if (found === undefined) throw new Error(`no ${type} ${id}`);
    return found;
  }

  change(resource: Resource, inputs: Props): void {
    this.provider.update(this.world, resource.type, resource.id, { ...resource.inputs, ...inputs });
  }

  delete(resource: Resource): void {
    this.provider.delete(this.world, resource.type, resource.id);
  }

  role(name: string, service: string, policies: readonly string[], actions?: readonly string[]): Resource {
    const role = this.make(T.role, { name, assumeRolePolicy: trust(service, actions) });
    for (const policy of policies) {
      this.make(T.rolePolicyAttachment, { role: name, policyArn: `arn:aws:iam::aws:policy/${policy}` });
    }
    return role;
  }
}

/** A network of two zones, each with a way out through one NAT gateway. */
export function network(account: TestAccount) {
  const vpc = account.make(T.vpc, { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true });
  const gateway = account.make(T.internetGateway, { vpcId: vpc.id });
  const subnet = (zone: string, cidrBlock: string): Resource =>
    account.make(T.subnet, { vpcId: vpc.id, cidrBlock, availabilityZone: `us-east-1${zone}` });
  const outer = subnet("a", "10.0.0.0/24");
  const inner = [subnet("a", "10.0.1.0/24"), subnet("b", "10.0.2.0/24")] as const;
  const address = account.make(T.eip, { domain: "vpc" });
  const nat = account.make(T.natGateway, { subnetId: outer.id, allocationId: address.id });
  const table = account.make(T.routeTable, { vpcId: vpc.id });
  const route = account.make(T.route, {
    routeTableId: table.id,
    destinationCidrBlock: "0.0.0.0/0",
    natGatewayId: nat.id,
  });
  const associations = inner.map(({ id }) =>
    account.make(T.routeTableAssociation, { subnetId: id, routeTableId: table.id }),
  );
  return { vpc, gateway, outer, inner, address, nat, table, route, associations };
}

/** A cluster in such a network, with the roles for it and for its nodes. */
export function cluster(account: TestAccount, settings: Props = {}) {
  const net = network(account);
  const key = account.make(T.key, {});
  const logs = account.make(T.logGroup, { name: "/aws/eks/test/cluster" });
  const role = account.role("test-cluster", "eks.amazonaws.com", ["AmazonEKSClusterPolicy"]);
  const nodeRole = account.role("test-node", "ec2.amazonaws.com", NODE_POLICIES);
  const made = account.make(T.cluster, {
    name: "test",
    version: "1.33",
    roleArn: role.outputs.arn,
    vpcConfig: { subnetIds: net.inner.map(({ id }) => id) },
    accessConfig: { authenticationMode: "API" },
    encryptionConfig: { provider: { keyArn: key.outputs.arn }, resources: ["secrets"] },
    enabledClusterLogTypes: ["api"],
    ...settings,
  });
  const nodes = (more: Props = {}): Props => ({
    clusterName: "test",
    nodeGroupName: "nodes",
    nodeRoleArn: nodeRole.outputs.arn,
    subnetIds: [net.inner[0].id],
    scalingConfig: { minSize: 0, desiredSize: 1, maxSize: 1 },
    ...more,
  });
  return { ...net, key, logs, role, nodeRole, cluster: made, nodes };
}

/** A launch template and how a node group refers to its first version. */
export function template(account: TestAccount, inputs: Props): Props {
  const { id } = account.make(T.launchTemplate, { name: `template-${account.world.state.last}`, ...inputs });
  return { launchTemplate: { id, version: "1" } };
}
