import type { ResourceValidationPolicy } from "@pulumi/policy";
import { at, list, mandatory } from "./support";

/** Stored data is encrypted. */
export const encryption: ResourceValidationPolicy = mandatory({
  name: "encryption",
  description: "Disks, file systems, buckets and the secrets of clusters are encrypted; keys are rotated.",
  validateResource: ({ type, name, props }, report) => {
    switch (type) {
      case "aws:ec2/launchTemplate:LaunchTemplate": {
        const disks = list(at(props, "blockDeviceMappings"));
        if (disks.length === 0) report(`${name}: set the root volume and encrypt it, the AMI's own may be unencrypted`);
        for (const disk of disks) {
          if (String(at(disk, "ebs", "encrypted")) === "true") continue;
          report(`${name}: set encrypted on the volume ${String(at(disk, "deviceName"))}`);
        }
        return;
      }
      case "aws:ebs/volume:Volume":
      case "aws:efs/fileSystem:FileSystem":
        if (at(props, "encrypted") !== true) report(`${name}: set encrypted`);
        return;
      case "aws:eks/cluster:Cluster":
        if (!list(at(props, "encryptionConfig", "resources")).includes("secrets"))
          report(`${name}: encrypt the cluster's secrets with your own key (encryptionConfig)`);
        return;
      case "aws:kms/key:Key":
        if (at(props, "enableKeyRotation") !== true) report(`${name}: set enableKeyRotation`);
        return;
      case "kubernetes:storage.k8s.io/v1:StorageClass":
        if (at(props, "provisioner") === "ebs.csi.aws.com" && String(at(props, "parameters", "encrypted")) !== "true")
          report(`${name}: set the parameter encrypted`);
        return;
    }
  },
});

/** Types of resources whose data exists nowhere else. */
const DATA: readonly string[] = [
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketV2:BucketV2",
  "aws:efs/fileSystem:FileSystem",
  "aws:ebs/volume:Volume",
  "aws:fsx/lustreFileSystem:LustreFileSystem",
  "aws:dynamodb/table:Table",
  "kubernetes:core/v1:PersistentVolume",
];

/** A destroy does not delete data by accident. */
export const protectedData: ResourceValidationPolicy = mandatory({
  name: "protected-data",
  description: "Resources whose data exists nowhere else are protected. Unprotect them before you delete them.",
  validateResource: ({ type, name, opts }, report) => {
    if (DATA.includes(type) && !opts.protect) report(`${name} holds data; set the option protect`);
  },
});
