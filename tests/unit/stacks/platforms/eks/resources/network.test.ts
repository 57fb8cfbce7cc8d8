import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Network, type NetworkArgs } from "../../../../../../stacks/platforms/eks/resources/network";
import { INTERFACE_ENDPOINTS } from "../../../../../../stacks/platforms/eks/resources/networkPlan";
import { type Made, make, ofType, only } from "./support";

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
  it("has a public and a private subnet in each zone, tagged for the balancers that go there", async () => {
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

  it("leaves by one NAT gateway, or by one in each zone", async () => {
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

  it("gives addresses back before the internet gateway goes, and NAT before its way out", async () => {
    const made = await network({ nat: "perZone" });
    const gateway = only(made, "InternetGateway").urn;
    for (const address of ofType(made, "Eip")) assert.ok(address.dependencies.includes(gateway));
    const way = only(made, "Route", "llm-d-dev-public-internet").urn;
    for (const nat of ofType(made, "NatGateway")) {
      assert.ok(nat.dependencies.includes(way));
      assert.ok(nat.dependencies.some((urn) => urn.includes("RouteTableAssociation::llm-d-dev-public-")));
    }
  });

  it("reaches S3 by a gateway endpoint, and other services by interface endpoints where asked", async () => {
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

  it("logs connections where asked, with a role that can write to that log group only", async () => {
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

  it("names everything after its own name, whatever zones there are besides", async () => {
    const few = await network({ zones: ["us-east-1a", "us-east-1b"] });
    const many = await network();
    const urns = new Set(many.map(({ urn }) => urn));
    assert.deepEqual(
      few.filter(({ urn }) => !urns.has(urn)),
      [],
    );
    for (const { name, type } of many.filter(({ custom }) => custom)) assert.ok(name.startsWith("llm-d-dev-"), type);
  });

  it("is refused with one zone, or with the same one twice, before anything is made", async () => {
    for (const zones of [[], ["us-east-1a"], ["us-east-1a", "us-east-1a"]]) {
      const made = await make(() => assert.throws(() => new Network("n", { ...ARGS, zones }), /two different zones/));
      assert.deepEqual(
        made.filter(({ type }) => type !== "pulumi:pulumi:Stack"),
        [],
      );
    }
  });

  it("knows the private subnet of a zone", async () => {
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
