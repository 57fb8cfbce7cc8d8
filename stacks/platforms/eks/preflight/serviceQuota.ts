import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas";
import { CannotCheck } from "../../operations";
import { nameOf } from "../awsClient";

/** A quota of AWS, by its codes. `aws service-quotas list-service-quotas --service-code ec2` lists them. */
export interface Quota {
  readonly service: "ec2" | "vpc";
  readonly code: string;
  readonly name: string;
}

/** The account's value of a quota in a region; AWS's default when the account has no value of its own. */
export async function quotaValue(region: string, quota: Quota, abortSignal: AbortSignal): Promise<number> {
  const client = new ServiceQuotasClient({ region });
  const input = { ServiceCode: quota.service, QuotaCode: quota.code };
  const value = await client.send(new GetServiceQuotaCommand(input), { abortSignal }).catch(async (error: unknown) => {
    if (!nameOf(error).includes("NoSuchResource")) throw error;
    return client.send(new GetAWSDefaultServiceQuotaCommand(input), { abortSignal });
  });
  if (value.Quota?.Value === undefined) {
    throw new CannotCheck(`Service Quotas does not know ${quota.code} (${quota.name}) in ${region}`);
  }
  return value.Quota.Value;
}

/** How to request a larger quota. */
export function increaseCommand(quota: Quota, desired: number, region: string): string {
  return (
    `Request more, which takes AWS from minutes to days: aws service-quotas request-service-quota-increase ` +
    `--service-code ${quota.service} --quota-code ${quota.code} --desired-value ${desired} --region ${region}`
  );
}
