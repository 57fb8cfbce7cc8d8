import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../../../components/childOptions";
import type { ListVolumes } from "../../../../components/cluster/volumes";
import { clusterAddon } from "./addon";
import type { AddonVersions } from "./names";
import { GPU_RESOURCE } from "./nodeTemplate";
import { podIdentityRole } from "./serviceRole";
import { EBS_DRIVER, volumeRelease } from "./volumeRelease";

/** Arguments of the add-ons that run on nodes. */
export interface WorkloadAddonsArgs {
  readonly region: string;
  readonly clusterName: pulumi.Input<string>;
  /** The cluster, for `deletedWith` of the objects inside it. */
  readonly eksCluster?: pulumi.Resource;
  /**
   * Prefix of the Pulumi names of objects inside the cluster. A stack with two clusters sets it for the second one.
   *
   * @default none
   */
  readonly objectPrefix?: string;
  readonly versions: AddonVersions;
  /** Tags of the volumes that the EBS driver makes. */
  readonly tags: Readonly<Record<string, string>>;
  /** Largest number of network interfaces, on instance types where interfaces and volumes share one limit. */
  readonly sharedInterfaces: number;
  /** Lists the cluster's volumes, which must be deleted before their driver. */
  readonly listVolumes: ListVolumes;
}

/** Cluster DNS, the agent that reports broken nodes, the EBS driver and the default storage class. All need nodes. */
export class WorkloadAddons extends pulumi.ComponentResource {
  /** Name of the default storage class. */
  readonly storageClassName: pulumi.Output<string>;

  constructor(name: string, args: WorkloadAddonsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:aws:WorkloadAddons", name, args, opts);
    const { clusterName, versions, objectPrefix = "" } = args;
    const child = (...more: pulumi.Resource[]) => childOptions(this, opts, more);

    clusterAddon(name, "coredns", { clusterName, versions }, child());
    clusterAddon(
      name,
      "eks-node-monitoring-agent",
      { clusterName, versions, configuration: nodeMonitoringConfiguration() },
      child(),
    );
    const { role, ready } = podIdentityRole(
      `${name}-ebs-csi`,
      { region: args.region, managedPolicies: ["service-role/AmazonEBSCSIDriverPolicy"] },
      child(),
    );
    const driver = clusterAddon(
      name,
      "aws-ebs-csi-driver",
      {
        clusterName,
        versions,
        identity: { serviceAccount: "ebs-csi-controller-sa", roleArn: role.arn },
        configuration: {
          controller: { extraVolumeTags: { ...args.tags } },
          node: { reservedVolumeAttachments: reservedAttachments(args.sharedInterfaces) },
        },
      },
      { ...child(...ready), hooks: volumeRelease(name, args.listVolumes) },
    );
    const storageClass = new k8s.storage.v1.StorageClass(
      `${objectPrefix}gp3`,
      {
        metadata: { name: "gp3", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
        provisioner: EBS_DRIVER,
        parameters: { type: "gp3", encrypted: "true" },
        // A volume is in one zone. So the scheduler chooses the pod's zone first.
        volumeBindingMode: "WaitForFirstConsumer",
        allowVolumeExpansion: true,
        reclaimPolicy: "Delete",
      },
      { ...child(driver), deletedWith: args.eksCluster },
    );

    this.storageClassName = storageClass.metadata.name;
    this.registerOutputs({ storageClassName: this.storageClassName });
  }
}

/**
 * Volume attachments that the driver does not use on any node: one for the root volume, and one for each network interface
 * after the first, where interfaces and volumes share one limit. By itself the driver counts interfaces once, when it
 * starts, from the instance metadata. But pods cannot reach it here, and the network plugin adds interfaces later.
 *
 * On p4d.24xlarge and all GPU types of the table EBS volumes have a limit of their own (28 there), which EFA interfaces and
 * NVMe disks do not reduce. Source: pkg/cloud/limits of github.com/kubernetes-sigs/aws-ebs-csi-driver.
 *
 * @see https://docs.aws.amazon.com/ebs/latest/userguide/volume_limits.html
 */
function reservedAttachments(sharedInterfaces: number): number {
  return 1 + (sharedInterfaces - 1);
}

/**
 * Node repair learns only from this agent that a GPU is broken. The agent reads GPUs through the host engine of DCGM, whose
 * DaemonSet tolerates no taints by default. Source: charts/eks-node-monitoring-agent/values.yaml of
 * github.com/aws/eks-node-monitoring-agent, v1.7.0.
 */
function nodeMonitoringConfiguration() {
  return { dcgmAgent: { tolerations: [{ key: GPU_RESOURCE, operator: "Exists", effect: "NoSchedule" }] } };
}
