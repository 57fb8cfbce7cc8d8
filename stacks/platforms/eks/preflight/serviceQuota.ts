import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas";
import { type AwsClientOptions, nameOf } from "../awsClient";
import { CannotCheck } from "../../operations";

/** A quota of AWS, by its codes. `aws service-quotas list-service-quotas --service-code ec2` lists them. */
export interface Quota {
  readonly service: "ec2" | "vpc";
  readonly code: string;
  readonly name: string;
}

/** The account's value of a quota in a region; AWS's default where the account has none of its own. */
export async function quotaValue(options: AwsClientOptions, quota: Quota, abortSignal: AbortSignal): Promise<number> {
  const client = new ServiceQuotasClient(options);
  const input = { ServiceCode: quota.service, QuotaCode: quota.code };
  const value = await client.send(new GetServiceQuotaCommand(input), { abortSignal }).catch(async (error: unknown) => {
    if (!nameOf(error).includes("NoSuchResource")) throw error;
    return client.send(new GetAWSDefaultServiceQuotaCommand(input), { abortSignal });
  });
  if (value.Quota?.Value === undefined) {
    throw new CannotCheck(`Service Quotas does not know ${quota.code} (${quota.name}) in ${options.region}`);
  }
  return value.Quota.Value;
}

/** How to ask for more. */
export function increaseCommand(quota: Quota, desired: number, region: string): string {
  return (
    `Ask for more, which takes AWS from minutes to days: aws service-quotas request-service-quota-increase ` +
    `--service-code ${quota.service} --quota-code ${quota.code} --desired-value ${desired} --region ${region}`
  );
}
