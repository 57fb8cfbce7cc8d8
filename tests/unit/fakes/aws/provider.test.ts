import * as assert from "node:assert/strict";
import { AwsProvider } from "../../../fakes/aws/provider";
import { RULES, T } from "../../../fakes/aws/rules";
import { typeSchema, UNKNOWN } from "../../../fakes/aws/schema";
import type { Props } from "../../../fakes/aws/world";

const SEED = Buffer.from("0123456789abcdef", "hex");

describe("the fake AWS provider", () => {
  const provider = new AwsProvider({ owner: "test" });
  const diff = (type: string, before: Props, after: Props) =>
    provider.diff(type, before, { tagsAll: { owner: "test" } }, after);

  it("has rules only for types and inputs that the SDK declares", () => {
    for (const [type, rules] of Object.entries(RULES)) {
      const schema = typeSchema(type);
      assert.ok(schema, type);
      for (const path of [...rules.immutable, ...(rules.autoname === undefined ? [] : [rules.autoname])]) {
        assert.ok(schema.inputs.has(path.split(".")[0] ?? ""), `${type}: ${path}`);
      }
      for (const output of rules.volatile ?? []) assert.ok(schema.outputs.has(output), `${type}: ${output}`);
    }
    assert.deepEqual(Object.keys(RULES).sort(), Object.values(T).sort());
  });

  it("generates a missing name, keeps it, and lists it as generated", () => {
    const first = provider.check(T.role, "nodes", {}, { assumeRolePolicy: "{}" }, SEED).inputs;
    assert.equal(first.name, "nodes-0123456");
    assert.deepEqual(first.__defaults, ["name"]);
    const second = provider.check(T.role, "nodes", first, { assumeRolePolicy: "{}" }, Buffer.from("ffff", "hex"));
    assert.equal(second.inputs.name, first.name);
    assert.equal(provider.check(T.alias, "key", {}, { targetKeyId: "k" }, SEED).inputs.name, "alias/key-0123456");
    assert.match(
      String(provider.check(T.role, "nodes", first, { namePrefix: "p-", assumeRolePolicy: "{}" }, SEED).inputs.name),
      /^p-0123456789ab/,
    );
  });

  const refusals: readonly [string, string, Props, string[]][] = [
    ["an unknown input", T.vpc, { cidr: "10.0.0.0/16" }, ["cidr"]],
    ["a missing one", T.route, {}, ["routeTableId"]],
    [
      "unknown and missing ones inside of others",
      T.nodeGroup,
      {
        clusterName: "c",
        nodeRoleArn: "r",
        subnetIds: [],
        scalingConfig: { minSize: 0, desiredSize: 0 },
        taints: [{ key: "a", effect: "NO_SCHEDULE", operator: "Exists" }],
      },
      ["scalingConfig.maxSize", "taints[0].operator"],
    ],
    ["no unknown value", T.cluster, { roleArn: UNKNOWN, vpcConfig: UNKNOWN }, []],
  ];
  for (const [what, type, inputs, properties] of refusals) {
    it(`refuses ${what}, by name`, () => {
      const { refusals: found } = provider.check(type, "one", {}, inputs, SEED);
      assert.deepEqual(found.map(({ property }) => property).sort(), properties);
    });
  }

  const replacements: readonly [string, Props, Props, string[]][] = [
    [T.vpc, { cidrBlock: "10.0.0.0/16" }, { cidrBlock: "10.1.0.0/16" }, ["cidrBlock"]],
    [T.vpc, { enableDnsHostnames: true }, { enableDnsHostnames: false }, []],
    [T.subnet, { availabilityZone: "a" }, { availabilityZone: "b" }, ["availabilityZone"]],
    [T.cluster, { version: "1.33" }, { version: "1.34" }, []],
    [T.cluster, { roleArn: "a" }, { roleArn: UNKNOWN }, ["roleArn"]],
    [T.nodeGroup, { launchTemplate: { id: "a", version: "1" } }, { launchTemplate: { id: "a", version: "2" } }, []],
    [T.nodeGroup, { launchTemplate: { id: "a" } }, { launchTemplate: { id: "b" } }, ["launchTemplate.id"]],
    [T.nodeGroup, { scalingConfig: { desiredSize: 0 } }, { scalingConfig: { desiredSize: 1 } }, []],
    [T.nodeGroup, { capacityType: "ON_DEMAND" }, { capacityType: "CAPACITY_BLOCK" }, ["capacityType"]],
    [T.launchTemplate, { instanceType: "a" }, { instanceType: "b" }, []],
    [T.addon, { addonVersion: "v1" }, { addonVersion: "v2" }, []],
    [T.accessPolicyAssociation, { accessScope: { type: "a" } }, { accessScope: { type: "b" } }, ["accessScope"]],
    [T.role, { region: "a", name: "x" }, { region: "b", name: "x" }, ["region"]],
  ];
  for (const [type, before, after, replaces] of replacements) {
    it(`${replaces.length > 0 ? "replaces" : "updates"} ${type.split(":")[2]} for ${JSON.stringify(after)}`, () => {
      const found = diff(type, before, after);
      assert.ok(found.changed.length > 0);
      assert.deepEqual(found.replaces, replaces);
    });
  }

  it("deletes before replacing when the program gives the name", () => {
    const before = { name: "nodes", path: "/" };
    assert.equal(diff(T.role, before, { name: "nodes", path: "/a/" }).deleteBeforeReplace, true);
    const own = { ...before, __defaults: ["name"] };
    assert.equal(diff(T.role, own, { ...own, path: "/a/" }).deleteBeforeReplace, false);
  });

  it("reports no difference for equal inputs, and a difference for changed default tags", () => {
    assert.deepEqual(diff(T.vpc, { cidrBlock: "a" }, { cidrBlock: "a" }).changed, []);
    const other = new AwsProvider({ owner: "other" });
    assert.deepEqual(other.diff(T.vpc, {}, { tagsAll: { owner: "test" } }, {}).changed, ["tagsAll"]);
  });

  it("knows the inputs in a preview, and no computed output", () => {
    const outputs = provider.previewCreate(T.vpc, { cidrBlock: "10.0.0.0/16", tags: { a: "b" } }, "us-east-1");
    assert.equal(outputs.cidrBlock, "10.0.0.0/16");
    assert.deepEqual(outputs.tagsAll, { owner: "test", a: "b" });
    assert.equal(outputs.arn, UNKNOWN);
    const vpcConfig = { subnetIds: ["subnet-1"] };
    const cluster = provider.previewCreate(T.cluster, { vpcConfig }, "us-east-1");
    assert.deepEqual(cluster.vpcConfig, { ...vpcConfig, clusterSecurityGroupId: UNKNOWN, vpcId: UNKNOWN });
    const olds = { vpcConfig: { clusterSecurityGroupId: "sg-1", vpcId: "vpc-1" } };
    const kept = provider.previewUpdate(T.cluster, olds, { vpcConfig }, "us-east-1");
    assert.deepEqual(kept.vpcConfig, { ...vpcConfig, ...olds.vpcConfig });
    const updated = provider.previewUpdate(T.launchTemplate, { arn: "arn", latestVersion: 1 }, {}, "us-east-1");
    assert.equal(updated.latestVersion, UNKNOWN);
    assert.equal(updated.arn, "arn");
  });

  it("refuses a type without rules", () => {
    assert.throws(
      () => provider.check("aws:sqs/queue:Queue", "queue", {}, {}, SEED),
      /the fake AWS provider does not know the resource type aws:sqs\/queue:Queue/,
    );
  });
});
