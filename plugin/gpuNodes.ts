import * as pulumi from "@pulumi/pulumi";
import { GpuNodeGroup } from "../stacks/platforms/eks/resources/gpuNodeGroup";
import { childOptions } from "../components/childOptions";
import { EKS_VERSIONS, type EksVersion } from "../stacks/platforms/eks/eksVersions";
import { INSTANCE_TYPES, type InstanceTypeName } from "../stacks/platforms/eks/instanceTypes";

export interface GpuNodesArgs {
  /** Region of the cluster. */
  region: string;
  /** The EKS cluster that the nodes join; it is there. */
  clusterName: pulumi.Input<string>;
  /** Kubernetes version of the cluster, such as 1.33; it decides the AMI. */
  kubernetesVersion: string;
  /** The security group that control plane and nodes share. */
  clusterSecurityGroupId: pulumi.Input<string>;
  vpcId: pulumi.Input<string>;
  /** A private subnet of the zone that has the instances. */
  subnetId: pulumi.Input<string>;
  /** The zone of the subnet. */
  zone: string;
  /** Instance type. Default: p4d.24xlarge. */
  instanceType?: string;
  /** Nodes. Default: 1. */
  nodes?: number;
  /** Id of a capacity reservation to launch into. Default: on demand. */
  reservationId?: string;
  /** Elastic Fabric Adapters on all network cards. Default: false. */
  efa?: boolean;
}

/** Root volume, in GiB: images and logs; weights are on the instances' own disks. */
const DISK_GIB = 200;

/** GPU nodes for an EKS cluster: AMI with driver, local disks as one RAID, EFA, taint, IMDSv2, encrypted volumes. */
export class GpuNodes extends pulumi.ComponentResource {
  readonly nodeGroupName: pulumi.Output<string>;

  constructor(name: string, args: GpuNodesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { instanceType = "p4d.24xlarge", nodes = 1, reservationId, efa = false, kubernetesVersion, subnetId } = args;
    const type = oneOf(INSTANCE_TYPES, instanceType, "instanceType") as InstanceTypeName;
    const version = oneOf(EKS_VERSIONS, kubernetesVersion, "kubernetesVersion") as EksVersion;
    super("llm-d:index:GpuNodes", name, {}, opts);
    const group = new GpuNodeGroup(
      name,
      {
        region: args.region,
        clusterName: args.clusterName,
        clusterSecurityGroupId: args.clusterSecurityGroupId,
        vpcId: args.vpcId,
        subnetIds: [subnetId],
        zone: args.zone,
        instanceType: type,
        facts: INSTANCE_TYPES[type],
        amiRelease: EKS_VERSIONS[version].amiRelease,
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

/** The key, if it is one of the table. @throws Error that says which there are */
function oneOf(table: Readonly<Record<string, unknown>>, key: string, setting: string): string {
  if (Object.hasOwn(table, key)) return key;
  throw new Error(`${setting}: "${key}" is none of ${Object.keys(table).join(", ")}`);
}
