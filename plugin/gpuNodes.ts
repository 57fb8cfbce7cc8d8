import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../components/childOptions";
import { EKS_VERSIONS } from "../stacks/platforms/eks/eksVersions";
import { INSTANCE_TYPES } from "../stacks/platforms/eks/instanceTypes";
import { GpuNodeGroup } from "../stacks/platforms/eks/resources/gpuNodeGroup";

/** Arguments of the GPU nodes. */
export interface GpuNodesArgs {
  /** Region of the cluster. */
  region: string;
  /** Name of the existing EKS cluster that the nodes join. */
  clusterName: pulumi.Input<string>;
  /** Kubernetes version of the cluster, such as 1.33. It decides the AMI. */
  kubernetesVersion: string;
  /** The security group that control plane and nodes share. */
  clusterSecurityGroupId: pulumi.Input<string>;
  vpcId: pulumi.Input<string>;
  /** A private subnet of the zone. */
  subnetId: pulumi.Input<string>;
  /** The availability zone of the nodes. */
  zone: string;
  /** Instance type. Default: p4d.24xlarge. */
  instanceType?: string;
  /** Number of nodes. Default: 1. */
  nodes?: number;
  /** Id of a capacity reservation to launch into. Default: on demand. */
  reservationId?: string;
  /** Elastic Fabric Adapters on all network cards. Default: false. */
  efa?: boolean;
}

/** Size of the root volume, in GiB. Images and weights are on the instances' NVMe disks. */
const DISK_GIB = 200;

/** GPU nodes for an EKS cluster: AMI with driver, NVMe disks as one RAID 0, EFA, taint, IMDSv2, encrypted volumes. */
export class GpuNodes extends pulumi.ComponentResource {
  readonly nodeGroupName: pulumi.Output<string>;

  constructor(name: string, args: GpuNodesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { instanceType = "p4d.24xlarge", nodes = 1, reservationId, efa = false } = args;
    const facts = lookUp(INSTANCE_TYPES, instanceType, "instanceType");
    const { amiRelease } = lookUp(EKS_VERSIONS, args.kubernetesVersion, "kubernetesVersion");
    super("llm-d:index:GpuNodes", name, args, opts);

    const group = new GpuNodeGroup(
      name,
      {
        region: args.region,
        clusterName: args.clusterName,
        clusterSecurityGroupId: args.clusterSecurityGroupId,
        vpcId: args.vpcId,
        subnetIds: [args.subnetId],
        zone: args.zone,
        instanceType,
        facts,
        amiRelease,
        diskGiB: DISK_GIB,
        minSize: nodes,
        maxSize: nodes,
        desiredSize: nodes,
        capacity: reservationId === undefined ? { type: "onDemand" } : { type: "reservation", id: reservationId },
        efa,
        placementGroup: false,
        taint: true,
        autoscaled: false,
        tags: {},
      },
      childOptions(this, opts),
    );

    this.nodeGroupName = group.nodeGroupName;
    this.registerOutputs({ nodeGroupName: this.nodeGroupName });
  }
}

/** @throws InputPropertyError with all keys of the table, when it has no such key */
function lookUp<T>(table: Readonly<Record<string, T>>, key: string, propertyPath: string): T {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  if (value !== undefined) return value;
  const reason = `${propertyPath}: "${key}" is none of ${Object.keys(table).join(", ")}`;
  throw new pulumi.InputPropertyError({ propertyPath, reason });
}
