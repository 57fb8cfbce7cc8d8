import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { INTERFACE_ENDPOINTS } from "./endpointServices";

interface EndpointArgs {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
}

/** The way to S3, where the layers of images are. It costs nothing, NAT would; so every network has it. */
export function gatewayEndpoint(
  name: string,
  args: EndpointArgs & { readonly routeTableIds: pulumi.Input<string>[] },
  opts: pulumi.CustomResourceOptions,
): aws.ec2.VpcEndpoint {
  return new aws.ec2.VpcEndpoint(
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

/** Addresses of AWS services in the private subnets, in place of the public ones behind NAT. */
export function interfaceEndpoints(
  name: string,
  args: EndpointArgs & {
    /** IPv4 block of the VPC: who may use the endpoints. */
    readonly cidr: string;
    readonly subnetIds: pulumi.Input<string>[];
  },
  opts: pulumi.CustomResourceOptions,
): aws.ec2.VpcEndpoint[] {
  const group = new aws.ec2.SecurityGroup(
    `${name}-endpoints`,
    {
      name: `${name}-endpoints`,
      description: "Interface endpoints of AWS services",
      vpcId: args.vpcId,
      tags: { Name: `${name}-endpoints` },
    },
    opts,
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
    opts,
  );
  const dependsOn = [...((opts.dependsOn as pulumi.Resource[] | undefined) ?? []), rule];
  return INTERFACE_ENDPOINTS.map(
    (service) =>
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
        { ...opts, dependsOn },
      ),
  );
}
