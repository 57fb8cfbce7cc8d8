import * as pulumi from "@pulumi/pulumi";
import { GpuNodeGroup } from "../stacks/platforms/eks/resources/gpuNodeGroup";
import { childOptions } from "../components/childOptions";
import { EKS_VERSIONS } from "../stacks/platforms/eks/eksVersions";
import { INSTANCE_TYPES } from "../stacks/platforms/eks/instanceTypes";

export interface GpuNodesArgs {
  /** Region of the cluster. */
  region: string;
  /** The existing EKS cluster that the nodes join. */
  clusterName: pulumi.Input<string>;
  /** Kubernetes version of the cluster, such as 1.33; it selects the AMI. */
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

/** Root volume for images and logs, in GiB. Weights are on the instances' own disks. */
const DISK_GIB = 200;

/** GPU nodes for an EKS cluster: AMI with driver, NVMe disks as one RAID 0, EFA, taint, IMDSv2, encrypted volumes. */
export class GpuNodes extends pulumi.ComponentResource {
  readonly nodeGroupName: pulumi.Output<string>;

  constructor(name: string, args: GpuNodesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { instanceType = "p4d.24xlarge", nodes = 1, reservationId, efa = false, kubernetesVersion, subnetId } = args;
    const type = oneOf(INSTANCE_TYPES, instanceType, "instanceType");
    const version = oneOf(EKS_VERSIONS, kubernetesVersion, "kubernetesVersion");
    super("llm-d:index:GpuNodes", name, args, opts);
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

/** @throws InputPropertyError for a key that the table does not have. */
function oneOf<Key extends string>(table: Readonly<Record<Key, unknown>>, key: string, propertyPath: string): Key {
  if (Object.hasOwn(table, key)) return key as Key;
  const reason = `${propertyPath}: "${key}" is none of ${Object.keys(table).join(", ")}`;
  throw new pulumi.InputPropertyError({ propertyPath, reason });
}
