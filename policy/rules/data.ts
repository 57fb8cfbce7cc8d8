import type { ResourceValidationPolicy } from "@pulumi/policy";
import { at, list } from "./support";

/** Everything that is stored is encrypted. */
export const encryption: ResourceValidationPolicy = {
  name: "encryption",
  description: "Disks, file systems, buckets and the secrets of clusters are encrypted; keys are rotated.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, props }, report) => {
    switch (type) {
      case "aws:ec2/launchTemplate:LaunchTemplate": {
        const disks = list(at(props, "blockDeviceMappings"));
        if (disks.length === 0) report(`${name}: name the root volume and encrypt it, the AMI's own may not be`);
        for (const disk of disks) {
          if (String(at(disk, "ebs", "encrypted")) !== "true") {
            report(`${name}: set encrypted on the volume ${String(at(disk, "deviceName"))}`);
          }
        }
        return;
      }
      case "aws:ebs/volume:Volume":
      case "aws:efs/fileSystem:FileSystem":
        if (at(props, "encrypted") !== true) report(`${name}: set encrypted`);
        return;
      case "aws:eks/cluster:Cluster":
        if (!list(at(props, "encryptionConfig", "resources")).includes("secrets")) {
          report(`${name}: encrypt the cluster's secrets with a key of your own (encryptionConfig)`);
        }
        return;
      case "aws:kms/key:Key":
        if (at(props, "enableKeyRotation") !== true) report(`${name}: set enableKeyRotation`);
        return;
      case "kubernetes:storage.k8s.io/v1:StorageClass":
        if (at(props, "provisioner") === "ebs.csi.aws.com" && String(at(props, "parameters", "encrypted")) !== "true") {
          report(`${name}: set the parameter encrypted`);
        }
        return;
    }
  },
};

/** What holds data that nothing else has. */
const DATA: readonly string[] = [
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketV2:BucketV2",
  "aws:efs/fileSystem:FileSystem",
  "aws:ebs/volume:Volume",
  "aws:fsx/lustreFileSystem:LustreFileSystem",
  "aws:dynamodb/table:Table",
  "kubernetes:core/v1:PersistentVolume",
];

/** Data is not deleted by a destroy that nobody meant. */
export const protectedData: ResourceValidationPolicy = {
  name: "protected-data",
  description: "What holds data that is nowhere else is protected: it has to be unprotected before it can be deleted.",
  enforcementLevel: "mandatory",
  validateResource: ({ type, name, opts }, report) => {
    if (DATA.includes(type) && !opts.protect) report(`${name} holds data; set the option protect`);
  },
};
