import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { flowLogGroup } from "./names";
import { policyDocument, serviceRole } from "./serviceRole";

/** Arguments of a VPC's flow logs. */
export interface FlowLogsArgs {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  /** How long they are kept, in days. */
  readonly retentionDays: number;
}

/** Logs of all connections of a VPC, accepted and rejected, in CloudWatch Logs. */
export function flowLogs(name: string, args: FlowLogsArgs, opts: pulumi.CustomResourceOptions): aws.ec2.FlowLog {
  const group = new aws.cloudwatch.LogGroup(
    `${name}-flow-logs`,
    { name: flowLogGroup(name), retentionInDays: args.retentionDays },
    opts,
  );
  const { role, ready } = serviceRole(
    `${name}-flow-logs`,
    {
      region: args.region,
      service: "vpc-flow-logs.amazonaws.com",
      inlinePolicy: group.arn.apply((arn) =>
        policyDocument([
          {
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"],
            Resource: [arn, `${arn}:*`],
          },
        ]),
      ),
    },
    opts,
  );
  const dependsOn = [...((opts.dependsOn as pulumi.Resource[] | undefined) ?? []), ...ready];
  return new aws.ec2.FlowLog(
    `${name}-flow-logs`,
    {
      vpcId: args.vpcId,
      trafficType: "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: group.arn,
      iamRoleArn: role.arn,
      tags: { Name: name },
    },
    { ...opts, dependsOn },
  );
}
