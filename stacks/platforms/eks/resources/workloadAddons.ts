import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../../../components/childOptions";
import type { ListVolumes } from "../../../../components/cluster/volumes";
import { type AddonVersions, clusterAddon } from "./addon";
import { GPU_RESOURCE } from "./nodeTemplate";
import { podIdentityRole } from "./podIdentity";
import { EBS_DRIVER, volumeRelease } from "./volumeRelease";

/** Arguments of the add-ons that run on nodes. */
export interface WorkloadAddonsArgs {
  readonly region: string;
  readonly clusterName: pulumi.Input<string>;
  /** What objects inside the cluster are gone with. */
  readonly eksCluster?: pulumi.Resource;
  readonly versions: AddonVersions;
  /** Tags of the volumes that the driver makes. */
  readonly tags: Readonly<Record<string, string>>;
  /** Most network interfaces that an instance has on which they take the places of volumes. */
  readonly sharedInterfaces: number;
  /** Lists the cluster's volumes, which have to be gone before their driver is. */
  readonly listVolumes: ListVolumes;
}

/**
 * Cluster DNS, the agent that tells when a node is broken, the EBS driver, and the storage class of claims that name none.
 * They run on nodes, so they come after.
 */
export class WorkloadAddons extends pulumi.ComponentResource {
  /** Name of the default storage class. */
  readonly storageClassName: pulumi.Output<string>;

  constructor(name: string, args: WorkloadAddonsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:aws:WorkloadAddons", name, {}, opts);
    const child = (...more: pulumi.Resource[]) => childOptions(this, opts, more);
    const { clusterName, versions } = args;

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
      "gp3",
      {
        metadata: { name: "gp3", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
        provisioner: EBS_DRIVER,
        parameters: { type: "gp3", encrypted: "true" },
        // A volume is in one zone: that of the pod, which has to be chosen first.
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
 * Places for volumes that the driver leaves free on every node: one for the root volume, and on instances where network
 * interfaces and volumes share their places, one for each interface beside the first. The driver would count those itself,
 * once, when it starts: by instance metadata, which pods do not reach here; and the network plugin adds interfaces later.
 *
 * On p4d.24xlarge as on all GPU types of the table EBS volumes have places of their own (28 of them there), which neither
 * EFA interfaces nor NVMe disks take away. Source: pkg/cloud/limits of github.com/kubernetes-sigs/aws-ebs-csi-driver, and
 * https://docs.aws.amazon.com/ebs/latest/userguide/volume_limits.html.
 */
function reservedAttachments(sharedInterfaces: number): number {
  return 1 + (sharedInterfaces - 1);
}

/**
 * Node repair replaces a node for what kubelet says of it, and for a broken GPU only where this agent tells. Its own DaemonSet
 * tolerates everything; the one with the host engine of DCGM, by which it sees the GPUs, nothing. Source:
 * charts/eks-node-monitoring-agent/values.yaml of github.com/aws/eks-node-monitoring-agent, v1.7.0.
 */
function nodeMonitoringConfiguration() {
  return { dcgmAgent: { tolerations: [{ key: GPU_RESOURCE, operator: "Exists", effect: "NoSchedule" }] } };
}
