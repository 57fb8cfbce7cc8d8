import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { flowLogGroup } from "./names";
import { policyDocument, serviceRole } from "./serviceRole";

/** Arguments of a VPC's flow logs. */
interface FlowLogsArgs {
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  /** How long they are kept, in days. */
  readonly retentionDays: number;
}

/**
 * Logs of all connections of a VPC, accepted and rejected, in CloudWatch Logs.
 *
 * @param child Makes the options of a child of the component; the child also waits for the given resources.
 */
export function flowLogs(
  name: string,
  args: FlowLogsArgs,
  child: (...more: pulumi.Resource[]) => pulumi.CustomResourceOptions,
): void {
  const group = new aws.cloudwatch.LogGroup(
    `${name}-flow-logs`,
    { name: flowLogGroup(name), retentionInDays: args.retentionDays },
    child(),
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
    child(),
  );
  new aws.ec2.FlowLog(
    `${name}-flow-logs`,
    {
      vpcId: args.vpcId,
      trafficType: "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: group.arn,
      iamRoleArn: role.arn,
      tags: { Name: name },
    },
    child(...ready),
  );
}
