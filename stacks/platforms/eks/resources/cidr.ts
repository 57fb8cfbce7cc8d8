import { type Block, firstOf, formatBlock, parseBlock } from "./ipv4";

/** Subnets of one availability zone. */
export interface ZoneSubnets {
  /** For load balancers and NAT gateways. */
  readonly public: string;
  /** For nodes, pods and everything else. */
  readonly private: string;
}

/** Shortest prefix of a VPC; source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html. */
export const MIN_VPC_PREFIX = 16;

/** Longest prefix of a subnet; same source. */
const MAX_SUBNET_PREFIX = 28;

/** The VPC is cut into 2^3 equal blocks: one for each zone's private subnet, and the last one for all public ones. */
const SLOT_BITS = 3;
const SLOTS = 2 ** SLOT_BITS;

/** Addresses of each subnet that AWS keeps; source: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html. */
const KEPT_PER_SUBNET = 5;

/** Addresses that nodes and pods of one zone have in a VPC of this prefix. */
export function privateAddresses(vpcPrefix: number): number {
  return 2 ** (32 - vpcPrefix - SLOT_BITS) - KEPT_PER_SUBNET;
}

/** Zones that there is room for. */
export const MAX_ZONES = SLOTS - 1;

/**
 * Cuts a VPC into subnets, for each zone a large private and a small public one. What a zone gets depends on its place
 * in the list alone, so that adding a zone at the end leaves the subnets of all others as they are: changing a subnet's
 * block means replacing it with everything in it.
 *
 * A /16 gives private subnets of 8,187 addresses (with the VPC CNI each pod takes one) and public ones of 1,019.
 */
export function allocateSubnets(cidr: string, zoneCount: number): ZoneSubnets[] {
  const vpc = readBlock(cidr);
  if (vpc.prefix < MIN_VPC_PREFIX || vpc.prefix + 2 * SLOT_BITS > MAX_SUBNET_PREFIX) {
    const longest = MAX_SUBNET_PREFIX - 2 * SLOT_BITS;
    throw new Error(`${cidr} cannot be cut into subnets: use a block from /${MIN_VPC_PREFIX} to /${longest}`);
  }
  if (!Number.isInteger(zoneCount) || zoneCount < 1 || zoneCount > MAX_ZONES) {
    throw new Error(`${zoneCount} zones: a VPC has room for the subnets of 1 to ${MAX_ZONES}`);
  }
  const publicBlock = slot(vpc, SLOTS - 1);
  return Array.from({ length: zoneCount }, (_, index) => ({
    private: formatBlock(slot(vpc, index)),
    public: formatBlock(slot(publicBlock, index)),
  }));
}

/** One of the equal parts of a block. */
function slot({ address, prefix }: Block, index: number): Block {
  const inner = prefix + SLOT_BITS;
  return { address: address + index * 2 ** (32 - inner), prefix: inner };
}

function readBlock(cidr: string): Block {
  const block = parseBlock(cidr);
  if (block === undefined) throw new Error(`${cidr} is not an IPv4 block such as 10.0.0.0/16`);
  if (firstOf(block).address !== block.address) {
    throw new Error(`${cidr} does not start at the first address of a /${block.prefix}`);
  }
  return block;
}
