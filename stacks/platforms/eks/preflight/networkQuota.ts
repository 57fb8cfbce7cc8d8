import { DescribeAddressesCommand, EC2Client, paginateDescribeVpcs, type Tag } from "@aws-sdk/client-ec2";
import { OWNER_ANNOTATION } from "../../../../components/cluster/owner";
import { allItems, type AwsClientOptions } from "../awsClient";
import type { Check, Verdict } from "../../operations";
import { increaseCommand, type Quota, quotaValue } from "./serviceQuota";

/** Quotas of the network that accounts run into first; both are 5 in a new account. */
const VPCS: Quota = { service: "vpc", code: "L-F678F1CE", name: "VPCs per Region" };
const ADDRESSES: Quota = { service: "ec2", code: "L-0263D0A3", name: "EC2-VPC Elastic IPs" };

/** What the account has and uses of a quota that counts things. */
export interface CountEvidence {
  readonly quota: Quota;
  readonly limit: number;
  /** Those that are not this stack's. */
  readonly others: number;
}

/** Whether there is room for one more VPC. */
export function vpcQuotaCheck(owner: string, options: AwsClientOptions): Check<CountEvidence> {
  return {
    id: "aws.quota.vpcs",
    subject: "quota for 1 VPC",
    async gather(signal) {
      const client = new EC2Client(options);
      const [limit, vpcs] = await Promise.all([
        quotaValue(options, VPCS, signal),
        allItems(paginateDescribeVpcs({ client }, {}, { abortSignal: signal }), (page) => page.Vpcs),
      ]);
      return { quota: VPCS, limit, others: vpcs.filter((vpc) => !isOwn(vpc.Tags, owner)).length };
    },
    judge: (evidence) => judgeCount(1, evidence, options.region),
  };
}

/** Whether there are addresses for the NAT gateways. */
export function addressQuotaCheck(gateways: number, owner: string, options: AwsClientOptions): Check<CountEvidence> {
  return {
    id: "aws.quota.addresses",
    subject: `quota for ${gateways} Elastic IP addresses (NAT)`,
    async gather(signal) {
      const client = new EC2Client(options);
      const [limit, answer] = await Promise.all([
        quotaValue(options, ADDRESSES, signal),
        client.send(new DescribeAddressesCommand({}), { abortSignal: signal }),
      ]);
      const others = (answer.Addresses ?? []).filter((address) => !isOwn(address.Tags, owner)).length;
      return { quota: ADDRESSES, limit, others };
    },
    judge: (evidence) => judgeCount(gateways, evidence, options.region),
  };
}

export function judgeCount(need: number, { quota, limit, others }: CountEvidence, region: string): Verdict {
  const detail = `needs ${need}; ${quota.code} allows ${limit}, others use ${others}`;
  return others + need <= limit
    ? { status: "passed", detail }
    : { status: "failed", detail, remedy: increaseCommand(quota, others + need, region) };
}

const isOwn = (tags: Tag[] | undefined, owner: string): boolean =>
  (tags ?? []).some(({ Key, Value }) => Key === OWNER_ANNOTATION && Value === owner);
