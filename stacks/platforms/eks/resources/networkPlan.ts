import { Netmask } from "netmask";

/** Subnets of one availability zone. */
export interface ZoneSubnets {
  /** For load balancers and NAT gateways. */
  readonly public: string;
  /** For nodes, pods and everything else. */
  readonly private: string;
}

/**
 * Shortest prefix of a VPC.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
 */
const MIN_VPC_PREFIX = 16;

/** Longest prefix of a subnet; same source. */
const MAX_SUBNET_PREFIX = 28;

/** The VPC is cut into 2^3 equal blocks: one for the private subnet of each zone, and the last for all public subnets. */
const SLOT_BITS = 3;
const SLOTS = 2 ** SLOT_BITS;

/**
 * Addresses of each subnet that AWS reserves.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
 */
const RESERVED_PER_SUBNET = 5;

/** Largest number of zones whose subnets fit into a VPC. */
export const MAX_ZONES = SLOTS - 1;

/** Number of addresses for the nodes and pods of one zone, in a VPC of this prefix. */
export function privateAddresses(vpcPrefix: number): number {
  return 2 ** (32 - vpcPrefix - SLOT_BITS) - RESERVED_PER_SUBNET;
}

/** Reads a block such as `10.0.0.0/16`; undefined when the text is none. */
export function parseBlock(text: string | undefined): Netmask | undefined {
  // Netmask alone also accepts hosts, masks and short forms, and reads 010 as an octal number.
  if (text === undefined || !/^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/.test(text)) return undefined;
  try {
    return new Netmask(text.replace(/\b0+(?=\d)/g, ""));
  } catch {
    return undefined;
  }
}

/**
 * Cuts a VPC into a large private and a small public subnet for each zone. The subnets of a zone depend only on its place
 * in the list. So a zone added at the end leaves all other subnets as they are. A change of its block would replace a subnet
 * with everything in it.
 *
 * A /16 gives private subnets of 8,187 addresses (with the VPC CNI each pod takes one) and public ones of 1,019.
 *
 * @throws Error when the block or the number of zones is not possible
 */
export function allocateSubnets(cidr: string, zoneCount: number): ZoneSubnets[] {
  const vpc = parseBlock(cidr);
  if (vpc === undefined) throw new Error(`${cidr} is not an IPv4 block such as 10.0.0.0/16`);
  const longest = MAX_SUBNET_PREFIX - 2 * SLOT_BITS;
  if (vpc.toString() !== cidr) throw new Error(`${cidr} does not start at the first address of a /${vpc.bitmask}`);
  if (vpc.bitmask < MIN_VPC_PREFIX || vpc.bitmask > longest) {
    throw new Error(`${cidr} cannot be cut into subnets: use a block from /${MIN_VPC_PREFIX} to /${longest}`);
  }
  if (!Number.isInteger(zoneCount) || zoneCount < 1 || zoneCount > MAX_ZONES) {
    throw new Error(`${zoneCount} zones: a VPC has room for the subnets of 1 to ${MAX_ZONES}`);
  }
  const publicBlock = slot(vpc, SLOTS - 1);
  return Array.from({ length: zoneCount }, (_, index) => ({
    private: slot(vpc, index).toString(),
    public: slot(publicBlock, index).toString(),
  }));
}

/** One of the equal parts of a block. */
function slot(block: Netmask, index: number): Netmask {
  return new Netmask(block.base, block.bitmask + SLOT_BITS).next(index);
}

/**
 * Zones in which EKS places no control plane, by their ids, which are the same in all accounts.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html
 */
export const ZONES_WITHOUT_EKS: readonly string[] = ["use1-az3", "usw1-az2", "cac1-az3"];

/**
 * Chooses zones where none are configured: the first ones by name, so that each run chooses the same. A required zone
 * replaces the last one, which changes the fewest subnets.
 *
 * @param available Zones of the region that can be used.
 * @param count Number of zones to choose.
 * @param required The zone of the GPU nodes, when they have one.
 * @throws Error when the region has too few zones, or not the required one
 */
export function chooseZones(available: readonly string[], count: number, required?: string): string[] {
  const sorted = [...available].sort();
  if (sorted.length < count) {
    throw new Error(`the region has ${sorted.length} zones for EKS (${sorted.join(", ")}), not ${count}`);
  }
  const chosen = sorted.slice(0, count);
  if (required === undefined || chosen.includes(required)) return chosen;
  if (!sorted.includes(required)) {
    throw new Error(`${required} is not among the zones that EKS can use here (${sorted.join(", ")})`);
  }
  return [...chosen.slice(0, -1), required];
}

/**
 * AWS services that nodes and their pods call: images (ecr), rights (sts, eks-auth), instances (ec2), the cluster (eks) and
 * logs.
 */
export const INTERFACE_ENDPOINTS: readonly string[] = ["ecr.api", "ecr.dkr", "sts", "ec2", "eks", "eks-auth", "logs"];
