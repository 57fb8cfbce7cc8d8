import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Network, type NetworkArgs } from "../../../../../../stacks/platforms/eks/resources/network";
import { INTERFACE_ENDPOINTS } from "../../../../../../stacks/platforms/eks/resources/networkPlan";
import { type Made, make, ofType, only } from "../../../../../support/eksResources";

const ARGS: NetworkArgs = {
  region: "us-east-1",
  cidr: "10.0.0.0/16",
  zones: ["us-east-1a", "us-east-1b", "us-east-1c"],
  nat: "single",
  interfaceEndpoints: false,
  flowLogs: { enabled: false, retentionDays: 30 },
  clusterName: "llm-d-dev",
};
const network = (changes: Partial<NetworkArgs> = {}): Promise<Made[]> =>
  make(() => new Network("llm-d-dev", { ...ARGS, ...changes }));
const tagsOf = ({ inputs }: Made) => inputs["tags"] as Record<string, string>;

describe("the network", () => {
  it("has a public and a private subnet in each zone, tagged for load balancers", async () => {
    const subnets = ofType(await network(), "Subnet");
    assert.deepEqual(
      subnets.map(({ name }) => name),
      ["a", "b", "c"].flatMap((zone) => [`llm-d-dev-public-us-east-1${zone}`, `llm-d-dev-private-us-east-1${zone}`]),
    );
    for (const subnet of subnets) {
      const tags = tagsOf(subnet);
      const isPublic = subnet.name.includes("-public-");
      assert.equal(tags["kubernetes.io/role/elb"], isPublic ? "1" : undefined);
      assert.equal(tags["kubernetes.io/role/internal-elb"], isPublic ? undefined : "1");
      assert.equal(tags["kubernetes.io/cluster/llm-d-dev"], "shared");
      assert.equal(subnet.inputs["mapPublicIpOnLaunch"], undefined, "no instance gets a public address by itself");
    }
  });

  it("routes to one NAT gateway, or to one in each zone", async () => {
    const single = await network();
    assert.deepEqual(
      ofType(single, "Route").map(({ inputs }) => inputs["natGatewayId"] ?? inputs["gatewayId"]),
      ["llm-d-dev-internet-id", ...Array<string>(3).fill("llm-d-dev-nat-us-east-1a-id")],
    );
    const perZone = await network({ nat: "perZone" });
    assert.deepEqual(
      ofType(perZone, "Route").map(({ inputs }) => inputs["natGatewayId"] ?? inputs["gatewayId"]),
      ["llm-d-dev-internet-id", ...["a", "b", "c"].map((zone) => `llm-d-dev-nat-us-east-1${zone}-id`)],
    );
  });

  it("deletes addresses before the internet gateway, and NAT gateways before their route", async () => {
    const made = await network({ nat: "perZone" });
    const gateway = only(made, "InternetGateway").urn;
    for (const address of ofType(made, "Eip")) assert.ok(address.dependencies.includes(gateway));
    const way = only(made, "Route", "llm-d-dev-public-internet").urn;
    for (const nat of ofType(made, "NatGateway")) {
      assert.ok(nat.dependencies.includes(way));
      assert.ok(nat.dependencies.some((urn) => urn.includes("RouteTableAssociation::llm-d-dev-public-")));
    }
  });

  it("reaches S3 by a gateway endpoint, and other services by interface endpoints if configured", async () => {
    const [s3, ...others] = ofType(await network(), "VpcEndpoint");
    assert.equal(others.length, 0);
    assert.equal(s3?.inputs["serviceName"], "com.amazonaws.us-east-1.s3");
    assert.equal((s3?.inputs["routeTableIds"] as string[]).length, 3);

    const made = await network({ interfaceEndpoints: true });
    const rule = only(made, "SecurityGroupIngressRule");
    assert.deepEqual(
      [rule.inputs["cidrIpv4"], rule.inputs["fromPort"], rule.inputs["toPort"], rule.inputs["ipProtocol"]],
      ["10.0.0.0/16", 443, 443, "tcp"],
    );
    const endpoints = ofType(made, "VpcEndpoint").filter(({ inputs }) => inputs["vpcEndpointType"] === "Interface");
    assert.deepEqual(
      endpoints.map(({ inputs }) => inputs["serviceName"]),
      INTERFACE_ENDPOINTS.map((service) => `com.amazonaws.us-east-1.${service}`),
    );
    for (const { inputs, dependencies } of endpoints) {
      assert.equal(inputs["privateDnsEnabled"], true);
      assert.equal((inputs["subnetIds"] as string[]).length, 3);
      assert.ok(dependencies.includes(rule.urn));
    }
  });

  it("logs connections if configured, with a role that can write only to that log group", async () => {
    assert.deepEqual(ofType(await network(), "FlowLog"), []);
    const made = await network({ flowLogs: { enabled: true, retentionDays: 7 } });
    assert.equal(only(made, "LogGroup").inputs["retentionInDays"], 7);
    const policy = JSON.parse(String(only(made, "RolePolicy").inputs["policy"])) as { Statement: object[] };
    assert.deepEqual(
      policy.Statement.map((statement) => (statement as { Resource: unknown }).Resource),
      [["arn:aws:logs:::log-group:llm-d-dev-flow-logs", "arn:aws:logs:::log-group:llm-d-dev-flow-logs:*"]],
    );
    assert.ok(only(made, "FlowLog").dependencies.includes(only(made, "RolePolicy").urn));
  });

  it("names all resources after its own name, and keeps the names when zones are added", async () => {
    const few = await network({ zones: ["us-east-1a", "us-east-1b"] });
    const many = await network();
    const urns = new Set(many.map(({ urn }) => urn));
    assert.deepEqual(
      few.filter(({ urn }) => !urns.has(urn)),
      [],
    );
    for (const { name, type } of many.filter(({ custom }) => custom)) assert.ok(name.startsWith("llm-d-dev-"), type);
  });

  it("is refused with one zone or a repeated zone before any resource is made", async () => {
    for (const zones of [[], ["us-east-1a"], ["us-east-1a", "us-east-1a"]]) {
      const made = await make(() =>
        assert.throws(() => new Network("n", { ...ARGS, zones }), {
          propertyPath: "zones",
          reason: /two different zones/,
        }),
      );
      assert.deepEqual(
        made.filter(({ type }) => type !== "pulumi:pulumi:Stack"),
        [],
      );
    }
  });

  it("is refused with a block that has no room for subnets", async () => {
    const bad = { ...ARGS, cidr: "10.0.0.0/24" };
    await make(() => assert.throws(() => new Network("n", bad), { propertyPath: "cidr", reason: /from \/16 to \/22/ }));
  });

  it("returns the private subnet of a zone", async () => {
    let ids: string[][] = [];
    await make(async () => {
      const built = new Network("llm-d-dev", ARGS);
      const known = (outputs: pulumi.Output<string>[]) =>
        new Promise<string[]>((resolve) => pulumi.all(outputs).apply(resolve));
      ids = [await known(built.privateSubnetsOf("us-east-1b")), await known(built.privateSubnetsOf())];
      assert.throws(() => built.privateSubnetsOf("us-east-1f"), /us-east-1f is not among the network's zones/);
    });
    assert.deepEqual(ids[0], ["llm-d-dev-private-us-east-1b-id"]);
    assert.equal(ids[1]?.length, 3);
  });
});
