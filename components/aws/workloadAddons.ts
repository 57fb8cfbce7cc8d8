import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../childOptions";
import { type AddonVersions, clusterAddon } from "./addon";
import { podIdentityRole } from "./podIdentity";

/** Arguments of the add-ons that run on nodes. */
export interface WorkloadAddonsArgs {
  readonly clusterName: pulumi.Input<string>;
  /** What objects inside the cluster are gone with. */
  readonly eksCluster?: pulumi.Resource;
  readonly versions: AddonVersions;
  /** Tags of the volumes that the driver makes. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Cluster DNS, the EBS driver, and the storage class of claims that name none. They run on nodes, so they come after. */
export class WorkloadAddons extends pulumi.ComponentResource {
  /** Name of the default storage class. */
  readonly storageClassName: pulumi.Output<string>;

  constructor(name: string, args: WorkloadAddonsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("llmd:aws:WorkloadAddons", name, {}, opts);
    const child = (...more: pulumi.Resource[]) => childOptions(this, opts, more);
    const { clusterName, versions } = args;

    clusterAddon(name, "coredns", { clusterName, versions }, child());
    const { role, ready } = podIdentityRole(
      `${name}-ebs-csi`,
      { managedPolicies: ["service-role/AmazonEBSCSIDriverPolicy"] },
      child(),
    );
    const driver = clusterAddon(
      name,
      "aws-ebs-csi-driver",
      {
        clusterName,
        versions,
        identity: { serviceAccount: "ebs-csi-controller-sa", roleArn: role.arn },
        configuration: { controller: { extraVolumeTags: { ...args.tags } } },
      },
      child(...ready),
    );
    const storageClass = new k8s.storage.v1.StorageClass(
      "gp3",
      {
        metadata: { name: "gp3", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
        provisioner: "ebs.csi.aws.com",
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
