import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { INTERFACE_ENDPOINTS } from "./networkPlan";

/** The VPC that endpoints are in. */
interface EndpointArgs {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
}

/** A gateway endpoint for S3, which holds the layers of images. Every network has it: it is free, and NAT is not. */
export function gatewayEndpoint(
  name: string,
  args: EndpointArgs & { readonly routeTableIds: pulumi.Input<string>[] },
  opts: pulumi.CustomResourceOptions,
): void {
  new aws.ec2.VpcEndpoint(
    `${name}-endpoint-s3`,
    {
      vpcId: args.vpcId,
      serviceName: `com.amazonaws.${args.region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: args.routeTableIds,
      tags: { Name: `${name}-s3` },
    },
    opts,
  );
}

/**
 * Private addresses of AWS services, instead of the public ones through NAT.
 *
 * @param child Makes the options of a child of the component; the child also waits for the given resources.
 */
export function interfaceEndpoints(
  name: string,
  args: EndpointArgs & {
    /** IPv4 block of the VPC, which may use the endpoints. */
    readonly cidr: string;
    readonly subnetIds: pulumi.Input<string>[];
  },
  child: (...more: pulumi.Resource[]) => pulumi.CustomResourceOptions,
): void {
  const group = new aws.ec2.SecurityGroup(
    `${name}-endpoints`,
    {
      name: `${name}-endpoints`,
      description: "Interface endpoints of AWS services",
      vpcId: args.vpcId,
      tags: { Name: `${name}-endpoints` },
    },
    child(),
  );
  const rule = new aws.vpc.SecurityGroupIngressRule(
    `${name}-endpoints-https`,
    {
      securityGroupId: group.id,
      description: "HTTPS from the VPC",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      cidrIpv4: args.cidr,
    },
    child(),
  );
  for (const service of INTERFACE_ENDPOINTS) {
    new aws.ec2.VpcEndpoint(
      `${name}-endpoint-${service}`,
      {
        vpcId: args.vpcId,
        serviceName: `com.amazonaws.${args.region}.${service}`,
        vpcEndpointType: "Interface",
        subnetIds: args.subnetIds,
        securityGroupIds: [group.id],
        privateDnsEnabled: true,
        tags: { Name: `${name}-${service}` },
      },
      child(rule),
    );
  }
}
