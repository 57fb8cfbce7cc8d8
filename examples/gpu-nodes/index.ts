import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { GpuNodes } from "../../plugin/gpuNodes";

/** GPU nodes for an existing cluster. The program uses the component as a class, in the same process. */
const config = new pulumi.Config();
const cluster = aws.eks.getClusterOutput({ name: config.require("clusterName") });

const nodes = new GpuNodes("gpu", {
  region: new pulumi.Config("aws").require("region"),
  clusterName: cluster.name,
  kubernetesVersion: "1.33",
  clusterSecurityGroupId: cluster.vpcConfig.clusterSecurityGroupId,
  vpcId: cluster.vpcConfig.vpcId,
  subnetId: config.require("subnetId"),
  zone: config.require("zone"),
  efa: true,
});

export const nodeGroupName = nodes.nodeGroupName;
