import * as assert from "node:assert/strict";
import type { Capacity } from "../../../../../../stacks/platforms/eks/resources/capacity";
import { Cluster } from "../../../../../../stacks/platforms/eks/resources/cluster";
import { GpuNodeGroup } from "../../../../../../stacks/platforms/eks/resources/gpuNodeGroup";
import { SystemNodes } from "../../../../../../stacks/platforms/eks/resources/systemNodes";
import { INSTANCE_TYPE_NAMES, INSTANCE_TYPES } from "../../../../../../stacks/platforms/eks/instanceTypes";
import { EKS_VERSIONS } from "../../../../../../stacks/platforms/eks/eksVersions";
import { ApiModel } from "../../../../../support/apiModel";
import { MotoUnavailable } from "../../../../../support/moto";
import { skip } from "../../../../../support/skip";
import { type Made, make, ofType, only } from "../../../../../support/eksResources";

const TAGS = { "llm-d.ai/environment": "llm-d/test" };
const ID = "cr-0123456789abcdef0";
const CAPACITIES: readonly Capacity[] = [
  { type: "onDemand" },
  { type: "reservation", id: ID },
  { type: "capacityBlock", id: ID },
];

describe("inputs against the API models of EC2 and EKS", function () {
  this.timeout(180_000);
  let ec2: ApiModel;
  let eks: ApiModel;
  before(async function () {
    try {
      ec2 = await ApiModel.load("ec2/2016-11-15", {
        "RequestLaunchTemplateData.vpcSecurityGroupIds": "SecurityGroupIds",
        "LaunchTemplateInstanceNetworkInterfaceSpecificationRequest.securityGroups": "Groups",
      });
      eks = await ApiModel.load("eks/2017-11-01", {
        "CreateNodegroupRequest.nodeGroupName": "nodegroupName",
        "CreateNodegroupRequest.nodeRoleArn": "nodeRole",
        "CreateNodegroupRequest.subnetIds": "subnets",
        "CreateClusterRequest.vpcConfig": "resourcesVpcConfig",
        "CreateAddonRequest.resolveConflictsOnCreate": "resolveConflicts",
      });
    } catch (error) {
      if (!(error instanceof MotoUnavailable)) throw error;
      skip(this, `botocore comes with moto, which cannot be installed: ${error.message}`);
    }
  });

  /** The name and the default version of the template are not part of the launch data. */
  const nodeProblems = (made: Made[]) => [
    ...ofType(made, "LaunchTemplate").flatMap(({ name, inputs }) => [
      ...ec2
        .problems("RequestLaunchTemplateData", inputs, ["name", "updateDefaultVersion"])
        .map((p) => `${name}: ${p}`),
    ]),
    ...ofType(made, "NodeGroup").flatMap(({ name, inputs }) => [
      ...eks.problems("CreateNodegroupRequest", inputs).map((problem) => `${name}: ${problem}`),
    ]),
  ];

  const gpuNodes = (
    instanceType: (typeof INSTANCE_TYPE_NAMES)[number],
    capacity: Capacity,
    efa: boolean,
    placementGroup: boolean,
  ) =>
    new GpuNodeGroup(`${instanceType}-${capacity.type}${efa ? "-efa" : ""}${placementGroup ? "-placed" : ""}`, {
      region: "us-east-1",
      clusterName: "llm-d-dev",
      clusterSecurityGroupId: "sg-cluster",
      vpcId: "vpc-1",
      subnetIds: ["subnet-a"],
      zone: "us-east-1a",
      instanceType,
      facts: INSTANCE_TYPES[instanceType],
      minSize: 0,
      maxSize: 1,
      desiredSize: 0,
      diskGiB: 300,
      amiRelease: EKS_VERSIONS["1.33"].amiRelease,
      capacity,
      efa,
      placementGroup,
      taint: true,
      autoscaled: false,
      tags: TAGS,
    });

  it("match the requests: GPU nodes in each allowed combination, and with the most network cards", async () => {
    const most = INSTANCE_TYPE_NAMES.reduce((a, b) =>
      INSTANCE_TYPES[b].efaInterfaces > INSTANCE_TYPES[a].efaInterfaces ? b : a,
    );
    const made = await make(() => {
      for (const efa of [false, true]) {
        for (const capacity of CAPACITIES) gpuNodes("p4d.24xlarge", capacity, efa, false);
        for (const capacity of CAPACITIES.slice(0, 2)) gpuNodes("p4d.24xlarge", capacity, efa, true);
      }
      gpuNodes(most, { type: "onDemand" }, true, true);
    });
    assert.equal(ofType(made, "NodeGroup").length, 11);
    assert.deepEqual(nodeProblems(made), []);
  });

  it("match the requests: system nodes", async () => {
    const made = await make(
      () =>
        new SystemNodes("llm-d-dev-system", {
          region: "us-east-1",
          clusterName: "llm-d-dev",
          amiRelease: EKS_VERSIONS["1.33"].amiRelease,
          subnetIds: ["subnet-a", "subnet-b"],
          instanceType: "m6i.xlarge",
          minSize: 2,
          maxSize: 4,
          desiredSize: 2,
          diskGiB: 100,
          tags: TAGS,
        }),
    );
    assert.deepEqual(nodeProblems(made), []);
  });

  it("match the requests: the cluster, its access entries and its add-ons", async () => {
    const made = await make(
      () =>
        new Cluster("llm-d-dev", {
          region: "us-east-1",
          version: "1.33",
          subnetIds: ["subnet-a", "subnet-b"],
          endpoint: { public: true, publicCidrs: ["198.51.100.7/32"] },
          logTypes: ["api", "audit"],
          logRetentionDays: 90,
          adminPrincipals: ["arn:aws:iam::123456789012:role/admin"],
          caller: "arn:aws:iam::123456789012:user/me",
          tags: TAGS,
          addons: EKS_VERSIONS["1.33"].addons,
          protect: false,
        }),
    );
    // The provider differs from the API here: it has a list with one element, and logs by their kind.
    const { encryptionConfig, enabledClusterLogTypes, ...cluster } = only(made, "Cluster").inputs;
    const logging = { clusterLogging: [{ types: enabledClusterLogTypes, enabled: true }] };
    const sent = { ...cluster, encryptionConfig: [encryptionConfig], logging };
    assert.deepEqual(eks.problems("CreateClusterRequest", sent), []);
    for (const { inputs } of ofType(made, "AccessEntry")) {
      assert.deepEqual(eks.problems("CreateAccessEntryRequest", inputs), []);
    }
    for (const { inputs } of ofType(made, "AccessPolicyAssociation")) {
      assert.deepEqual(eks.problems("AssociateAccessPolicyRequest", inputs), []);
    }
    for (const { inputs } of ofType(made, "Addon")) {
      assert.deepEqual(eks.problems("CreateAddonRequest", inputs, ["resolveConflictsOnUpdate"]), []);
    }
  });

  it("are reported for a value outside its enum, a missing required member, and an unknown member", () => {
    const market = { instanceMarketOptions: { marketType: "capacity_block" } };
    assert.deepEqual(ec2.problems("RequestLaunchTemplateData", market), [
      "RequestLaunchTemplateData.InstanceMarketOptions.MarketType: capacity_block is not in the enum",
    ]);
    assert.deepEqual(
      eks.problems("CreateNodegroupRequest", {
        clusterName: "c",
        nodeGroupName: "n",
        subnetIds: [],
        capacityType: "BLOCK",
        scalingConfig: { minSize: 0, maxSize: 0, desiredSize: 0 },
        surge: 1,
      }),
      [
        "CreateNodegroupRequest: nodeRole is missing",
        "CreateNodegroupRequest.capacityType: BLOCK is not in the enum",
        "CreateNodegroupRequest.scalingConfig.maxSize: 0 is not from 1 to any",
        "CreateNodegroupRequest: the API has no surge",
      ],
    );
  });
});
