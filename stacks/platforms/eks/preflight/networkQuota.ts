import { DescribeAddressesCommand, EC2Client, paginateDescribeVpcs, type Tag } from "@aws-sdk/client-ec2";
import { OWNER_ANNOTATION } from "../../../../components/cluster/owner";
import { type Check, failed, passed, type Verdict } from "../../operations";
import { allItems } from "../awsClient";
import { increaseCommand, type Quota, quotaValue } from "./serviceQuota";

/** Quotas of the network that accounts reach first. Both are 5 in a new account. */
const VPCS: Quota = { service: "vpc", code: "L-F678F1CE", name: "VPCs per Region" };
const ADDRESSES: Quota = { service: "ec2", code: "L-0263D0A3", name: "EC2-VPC Elastic IPs" };

/** The value and the use of a quota that counts things. */
interface CountEvidence {
  readonly quota: Quota;
  readonly limit: number;
  /** How many exist that are not this stack's. */
  readonly others: number;
}

/** Whether the account may have one more VPC. */
export function vpcQuotaCheck(owner: string, region: string): Check<CountEvidence> {
  return {
    id: "aws.quota.vpcs",
    subject: "quota for 1 VPC",
    async gather(abortSignal) {
      const client = new EC2Client({ region });
      const [limit, vpcs] = await Promise.all([
        quotaValue(region, VPCS, abortSignal),
        allItems(paginateDescribeVpcs({ client }, {}, { abortSignal }), (page) => page.Vpcs),
      ]);
      return { quota: VPCS, limit, others: countOthers(vpcs, owner) };
    },
    judge: (evidence) => judgeCount(1, evidence, region),
  };
}

/** Whether the account may have the addresses of the NAT gateways. */
export function addressQuotaCheck(gateways: number, owner: string, region: string): Check<CountEvidence> {
  return {
    id: "aws.quota.addresses",
    subject: `quota for ${gateways} Elastic IP addresses (NAT)`,
    async gather(abortSignal) {
      const [limit, { Addresses = [] }] = await Promise.all([
        quotaValue(region, ADDRESSES, abortSignal),
        new EC2Client({ region }).send(new DescribeAddressesCommand(), { abortSignal }),
      ]);
      return { quota: ADDRESSES, limit, others: countOthers(Addresses, owner) };
    },
    judge: (evidence) => judgeCount(gateways, evidence, region),
  };
}

/** Decides on a quota. */
export function judgeCount(need: number, { quota, limit, others }: CountEvidence, region: string): Verdict {
  const detail = `needs ${need}; ${quota.code} allows ${limit}, others use ${others}`;
  return others + need <= limit ? passed(detail) : failed(detail, increaseCommand(quota, others + need, region));
}

function countOthers(resources: readonly { readonly Tags?: Tag[] }[], owner: string): number {
  const isOwn = ({ Key, Value }: Tag): boolean => Key === OWNER_ANNOTATION && Value === owner;
  return resources.filter(({ Tags = [] }) => !Tags.some(isOwn)).length;
}
