import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { GpuNodeGroup, type GpuNodeGroupArgs } from "../../../../../../stacks/platforms/eks/resources/gpuNodeGroup";
import { SystemNodes, type SystemNodesArgs } from "../../../../../../stacks/platforms/eks/resources/systemNodes";
import { type Made, make, ofType, only } from "../../../../../support/eksResources";

const TAGS = { "llm-d.ai/environment": "llm-d/test", team: "serving" };
const SYSTEM: SystemNodesArgs = {
  region: "us-east-1",
  clusterName: "llm-d-dev",
  amiRelease: "1.33.13-20260714",
  subnetIds: ["subnet-a", "subnet-b"],
  instanceType: "m6i.xlarge",
  minSize: 2,
  maxSize: 4,
  desiredSize: 2,
  diskGiB: 100,
  tags: TAGS,
};
const GPU: GpuNodeGroupArgs = {
  region: "us-east-1",
  clusterName: "llm-d-dev",
  clusterSecurityGroupId: "sg-cluster",
  vpcId: "vpc-1",
  subnetIds: ["subnet-a"],
  zone: "us-east-1a",
  instanceType: "p4d.24xlarge",
  facts: { networkCards: 4, efaInterfaces: 4, instanceStore: true, maxPods: 737 },
  minSize: 0,
  maxSize: 1,
  desiredSize: 1,
  diskGiB: 300,
  amiRelease: "1.33.13-20260714",
  capacity: { type: "onDemand" },
  efa: false,
  placementGroup: false,
  taint: true,
  autoscaled: false,
  tags: TAGS,
};
const systemNodes = (changes: Partial<SystemNodesArgs> = {}): Promise<Made[]> =>
  make(() => new SystemNodes("llm-d-dev-system", { ...SYSTEM, ...changes }));
const gpuNodes = (changes: Partial<GpuNodeGroupArgs> = {}): Promise<Made[]> =>
  make(() => new GpuNodeGroup("llm-d-dev-gpu", { ...GPU, ...changes }));

describe("nodes of both kinds", () => {
  for (const [kind, build] of [
    ["system", () => systemNodes()],
    ["gpu", () => gpuNodes()],
  ] as const) {
    it(`protect instance metadata, encrypt volumes, and carry tags: ${kind}`, async () => {
      const made = await build();
      const { inputs } = only(made, "LaunchTemplate");
      assert.deepEqual(inputs["metadataOptions"], {
        httpEndpoint: "enabled",
        httpTokens: "required",
        httpPutResponseHopLimit: 1,
      });
      const [disk] = inputs["blockDeviceMappings"] as { ebs: Record<string, unknown> }[];
      assert.deepEqual([disk?.ebs["encrypted"], disk?.ebs["volumeType"]], ["true", "gp3"]);
      assert.equal(inputs["keyName"], undefined);
      assert.deepEqual(
        inputs["tagSpecifications"],
        ["instance", "volume", "network-interface"].map((resourceType) => ({
          resourceType,
          tags: { ...TAGS, Name: `llm-d-dev-${kind}` },
        })),
      );
    });

    it(`depend on the rights of their role, and are repaired: ${kind}`, async () => {
      const made = await build();
      const group = only(made, "NodeGroup");
      const attachments = ofType(made, "RolePolicyAttachment");
      assert.equal(attachments.length, 3);
      for (const { urn } of attachments) assert.ok(group.dependencies.includes(urn), urn);
      assert.equal((group.inputs["nodeRepairConfig"] as { enabled: boolean }).enabled, true);
      assert.equal((group.inputs["updateConfig"] as { maxUnavailable: number }).maxUnavailable, 1);
      assert.deepEqual(group.inputs["labels"], { "llm-d.ai/node-group": kind });
      assert.deepEqual(group.inputs["launchTemplate"], { id: `llm-d-dev-${kind}-id`, version: "1" });
      assert.ok(group.deleteBeforeReplace);
    });
  }

  it("are in an Auto Scaling group with tags, which it does not pass on to instances", async () => {
    const made = [...(await systemNodes()), ...(await gpuNodes())];
    assert.deepEqual(
      ofType(made, "Tag").map(({ type, inputs }) => [type, inputs["autoscalingGroupName"], inputs["tag"]]),
      ["system", "gpu"].flatMap((kind) =>
        Object.entries(TAGS).map(([key, value]) => [
          "aws:autoscaling/tag:Tag",
          `eks-llm-d-dev-${kind}`,
          { key, value, propagateAtLaunch: false },
        ]),
      ),
    );
  });

  it("use the policies of their own partition", async () => {
    const made = await systemNodes({ region: "us-gov-west-1" });
    assert.deepEqual(
      ofType(made, "RolePolicyAttachment").map(({ inputs }) => String(inputs["policyArn"]).split(":")[1]),
      ["aws-us-gov", "aws-us-gov", "aws-us-gov"],
    );
  });

  it("are refused when the sizes are out of order", async () => {
    await make(() => {
      assert.throws(() => new SystemNodes("n", { ...SYSTEM, desiredSize: 5 }), /2 <= 5 <= 4 does not hold/);
      assert.throws(() => new GpuNodeGroup("n", { ...GPU, minSize: 1, desiredSize: 0 }), /1 <= 0 <= 1 does not hold/);
    });
  });
});

describe("GPU nodes", () => {
  it("have a pinned AMI release and a taint, and end before their replacement starts", async () => {
    const { inputs } = only(await gpuNodes(), "NodeGroup");
    assert.deepEqual(
      [inputs["amiType"], inputs["releaseVersion"], inputs["version"], inputs["capacityType"], inputs["instanceTypes"]],
      ["AL2023_x86_64_NVIDIA", "1.33.13-20260714", undefined, "ON_DEMAND", undefined],
    );
    assert.deepEqual(inputs["taints"], [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }]);
    assert.deepEqual(inputs["updateConfig"], { maxUnavailable: 1, updateStrategy: "MINIMAL" });
    assert.deepEqual(inputs["nodeRepairConfig"], { enabled: true, maxParallelNodesRepairedCount: 1 });
    assert.equal(only(await gpuNodes({ taint: false }), "NodeGroup").inputs["taints"], undefined);
  });

  it("have no EFA, no placement group and no market by default", async () => {
    const made = await gpuNodes();
    const { inputs } = only(made, "LaunchTemplate");
    assert.equal(inputs["instanceType"], "p4d.24xlarge");
    for (const absent of [
      "networkInterfaces",
      "placement",
      "instanceMarketOptions",
      "capacityReservationSpecification",
    ])
      assert.equal(inputs[absent], undefined, absent);
    assert.equal([...ofType(made, "SecurityGroup"), ...ofType(made, "PlacementGroup")].length, 0);
  });

  it("have EFA on each card, in the cluster's security group and in one with rules to itself, on which they depend", async () => {
    const made = await gpuNodes({ efa: true });
    const interfaces = only(made, "LaunchTemplate").inputs["networkInterfaces"] as Record<string, unknown>[];
    assert.deepEqual(
      interfaces.map((one) => [one["networkCardIndex"], one["deviceIndex"], one["interfaceType"]]),
      [
        [0, 0, "efa"],
        [1, 1, "efa-only"],
        [2, 1, "efa-only"],
        [3, 1, "efa-only"],
      ],
    );
    for (const one of interfaces) {
      assert.deepEqual(one["securityGroups"], ["sg-cluster", "llm-d-dev-gpu-efa-id"]);
      assert.equal(one["associatePublicIpAddress"], undefined, "AWS refuses it for more than one interface");
    }
    const group = only(made, "NodeGroup");
    for (const rule of [only(made, "SecurityGroupIngressRule"), only(made, "SecurityGroupEgressRule")]) {
      const { securityGroupId, referencedSecurityGroupId, ipProtocol } = rule.inputs;
      assert.deepEqual(
        [securityGroupId, referencedSecurityGroupId, ipProtocol],
        [...Array<string>(2).fill("llm-d-dev-gpu-efa-id"), "-1"],
      );
      assert.ok(group.dependencies.includes(rule.urn));
    }
    // The load balancer controller gives up on an interface with two groups that carry the cluster's tag.
    const tags = only(made, "SecurityGroup").inputs["tags"] as Record<string, string>;
    assert.deepEqual(Object.keys(tags), ["Name"]);
  });

  it("combine EFA, a placement group and each capacity independently", async () => {
    const id = "cr-0123456789abcdef0";
    for (const efa of [false, true]) {
      for (const capacity of [
        { type: "onDemand" },
        { type: "reservation", id },
        { type: "capacityBlock", id },
      ] as const) {
        const made = await gpuNodes({ efa, capacity });
        const template = only(made, "LaunchTemplate").inputs;
        assert.equal(template["networkInterfaces"] !== undefined, efa);
        assert.equal(template["placement"], undefined);
        assert.equal(template["capacityReservationSpecification"] !== undefined, capacity.type !== "onDemand");
        assert.deepEqual(
          [template["instanceMarketOptions"], only(made, "NodeGroup").inputs["capacityType"]],
          capacity.type === "capacityBlock"
            ? [{ marketType: "capacity-block" }, "CAPACITY_BLOCK"]
            : [undefined, "ON_DEMAND"],
        );
      }
      for (const capacity of [{ type: "onDemand" }, { type: "reservation", id }] as const) {
        const placed = await gpuNodes({ efa, capacity, placementGroup: true });
        assert.deepEqual(only(placed, "LaunchTemplate").inputs["placement"], { groupName: "llm-d-dev-gpu" });
        assert.equal(only(placed, "PlacementGroup").inputs["strategy"], "cluster");
      }
    }
  });

  it("report all arguments that exclude each other at once, before any resource is made", async () => {
    const schedule = { timeZone: "Europe/Berlin", start: "0 8 * * 1-5", stop: "0 18 * * 1-5" };
    const { zone: _, ...anywhere } = GPU;
    const made = await make(() =>
      assert.throws(
        () => new GpuNodeGroup("n", { ...anywhere, placementGroup: true, autoscaled: true, schedule }),
        (error: Error) => {
          assert.ok(pulumi.InputPropertiesError.isInstance(error));
          assert.match(error.message, /^GPU nodes: zone: .*; schedule: /);
          assert.deepEqual(
            error.errors.map(({ propertyPath }) => propertyPath),
            ["zone", "schedule"],
          );
          return true;
        },
      ),
    );
    assert.deepEqual(
      made.filter(({ custom }) => custom),
      [],
    );
    await make(() =>
      assert.throws(
        () => new GpuNodeGroup("n", { ...GPU, subnetIds: ["subnet-a", "subnet-b"] }),
        /2 subnets for the one/,
      ),
    );
  });

  it("keep the number that an autoscaler or a schedule set, and otherwise have the configured one", async () => {
    const schedule = { timeZone: "Europe/Berlin", start: "0 8 * * 1-5", stop: "0 18 * * 1-5" };
    const ignored = async (changes: Partial<GpuNodeGroupArgs>) =>
      only(await gpuNodes(changes), "NodeGroup").ignoreChanges;
    assert.deepEqual(await ignored({}), []);
    assert.deepEqual(await ignored({ autoscaled: true }), ["scalingConfig.desiredSize"]);
    assert.deepEqual(await ignored({ schedule }), ["scalingConfig.desiredSize"]);
  });

  it("start and stop at the times of the schedule, down to zero nodes", async () => {
    const schedule = { timeZone: "Europe/Berlin", start: "0 8 * * 1-5", stop: "0 18 * * 1-5" };
    const made = await gpuNodes({ schedule, minSize: 1 });
    const group = only(made, "NodeGroup");
    assert.deepEqual(group.inputs["scalingConfig"], { minSize: 0, maxSize: 1, desiredSize: 1 });
    const common = { autoscalingGroupName: "eks-llm-d-dev-gpu", timeZone: "Europe/Berlin", minSize: -1, maxSize: -1 };
    assert.deepEqual(
      ofType(made, "Schedule").map(({ inputs }) => inputs),
      [
        { ...common, scheduledActionName: "llm-d-dev-gpu-start", recurrence: "0 8 * * 1-5", desiredCapacity: 1 },
        { ...common, scheduledActionName: "llm-d-dev-gpu-stop", recurrence: "0 18 * * 1-5", desiredCapacity: 0 },
      ],
    );
    for (const action of ofType(made, "Schedule")) assert.ok(action.dependencies.includes(group.urn));
    assert.deepEqual(ofType(await gpuNodes(), "Schedule"), []);
  });
});
