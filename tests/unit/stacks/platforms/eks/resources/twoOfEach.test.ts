import * as assert from "node:assert/strict";
import { GpuNodes } from "../../../../../../plugin/gpuNodes";
import { EKS_VERSIONS } from "../../../../../../stacks/platforms/eks/eksVersions";
import { INSTANCE_TYPES } from "../../../../../../stacks/platforms/eks/instanceTypes";
import { Cluster } from "../../../../../../stacks/platforms/eks/resources/cluster";
import { EfaDevicePlugin } from "../../../../../../stacks/platforms/eks/resources/efaDevicePlugin";
import { GpuNodeGroup } from "../../../../../../stacks/platforms/eks/resources/gpuNodeGroup";
import { LoadBalancerController } from "../../../../../../stacks/platforms/eks/resources/loadBalancerController";
import { Network } from "../../../../../../stacks/platforms/eks/resources/network";
import { SystemNodes } from "../../../../../../stacks/platforms/eks/resources/systemNodes";
import { WorkloadAddons } from "../../../../../../stacks/platforms/eks/resources/workloadAddons";
import { INSTALLATION, make, ofType } from "./support";

const REGION = "us-east-1";
const TAGS = { "llm-d.ai/environment": "llm-d/test" };
const { addons, amiRelease } = EKS_VERSIONS["1.33"];

/** Makes one of each component of the platform. */
function platform(name: string, second: { readonly objectPrefix?: string } = {}): void {
  const clusterName = name;
  const nodes = { region: REGION, clusterName, amiRelease, subnetIds: ["subnet-a"], diskGiB: 100, tags: TAGS };
  const sizes = { minSize: 1, maxSize: 2, desiredSize: 1 };
  new Network(name, {
    region: REGION,
    cidr: "10.0.0.0/16",
    zones: ["us-east-1a", "us-east-1b"],
    nat: "perZone",
    interfaceEndpoints: true,
    flowLogs: { enabled: true, retentionDays: 7 },
    clusterName,
  });
  new Cluster(name, {
    region: REGION,
    version: "1.33",
    subnetIds: ["subnet-a", "subnet-b"],
    endpoint: { public: false, publicCidrs: [] },
    logTypes: ["api"],
    logRetentionDays: 7,
    adminPrincipals: ["arn:aws:iam::123456789012:role/admin"],
    caller: "arn:aws:iam::123456789012:user/me",
    addons,
    tags: TAGS,
    protect: false,
  });
  new SystemNodes(`${name}-system`, { ...nodes, ...sizes, instanceType: "m6i.xlarge" });
  new GpuNodeGroup(`${name}-gpu`, {
    ...nodes,
    ...sizes,
    clusterSecurityGroupId: "sg-cluster",
    vpcId: "vpc-1",
    zone: "us-east-1a",
    instanceType: "p4d.24xlarge",
    facts: INSTANCE_TYPES["p4d.24xlarge"],
    capacity: { type: "onDemand" },
    efa: true,
    placementGroup: true,
    taint: true,
    autoscaled: false,
    schedule: { timeZone: "Europe/Berlin", start: "0 8 * * *", stop: "0 18 * * *" },
  });
  new WorkloadAddons(name, {
    region: REGION,
    clusterName,
    versions: addons,
    tags: TAGS,
    sharedInterfaces: 4,
    listVolumes: () => Promise.resolve([]),
    ...second,
  });
  new LoadBalancerController(name, {
    installation: INSTALLATION,
    crds: [],
    clusterName,
    region: REGION,
    vpcId: "vpc-1",
    tags: TAGS,
    timeoutSeconds: 600,
    ...second,
  });
  new GpuNodes(`${name}-more`, {
    region: REGION,
    clusterName,
    kubernetesVersion: "1.33",
    clusterSecurityGroupId: "sg-cluster",
    vpcId: "vpc-1",
    subnetId: "subnet-a",
    zone: "us-east-1a",
  });
}

describe("a stack", () => {
  it("can hold two of each component of the EKS platform, because no two children have the same URN", async () => {
    const made = await make(() => {
      platform("one");
      platform("two", { objectPrefix: "two-" });
      new EfaDevicePlugin("efa-device-plugin", { installation: INSTALLATION, timeoutSeconds: 600 });
      new EfaDevicePlugin("two-efa-device-plugin", { installation: INSTALLATION, timeoutSeconds: 600 });
    });
    const urns = made.map(({ urn }) => urn);
    assert.deepEqual(
      urns.filter((urn, index) => urns.indexOf(urn) !== index),
      [],
    );
    assert.deepEqual([...ofType(made, "Release"), ...ofType(made, "StorageClass")].map(({ name }) => name).sort(), [
      "aws-efa-k8s-device-plugin",
      "aws-load-balancer-controller",
      "gp3",
      "two-aws-load-balancer-controller",
      "two-efa-device-plugin-aws-efa-k8s-device-plugin",
      "two-gp3",
    ]);
  });
});
