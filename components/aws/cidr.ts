/** Subnets of one availability zone. */
export interface ZoneSubnets {
  /** For load balancers and NAT gateways. */
  readonly public: string;
  /** For nodes, pods and everything else. */
  readonly private: string;
}

/** An IPv4 block: its first address as a number, and the length of its prefix. */
interface Block {
  readonly address: number;
  readonly prefix: number;
}

/** Shortest prefix of a VPC; source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html. */
const MIN_VPC_PREFIX = 16;

/** Longest prefix of a subnet; same source. */
const MAX_SUBNET_PREFIX = 28;

/** The VPC is cut into 2^3 equal blocks: one for each zone's private subnet, and the last one for all public ones. */
const SLOT_BITS = 3;
const SLOTS = 2 ** SLOT_BITS;

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
  const vpc = parseBlock(cidr);
  if (vpc.prefix < MIN_VPC_PREFIX || vpc.prefix + 2 * SLOT_BITS > MAX_SUBNET_PREFIX) {
    const longest = MAX_SUBNET_PREFIX - 2 * SLOT_BITS;
    throw new Error(`${cidr} cannot be cut into subnets: use a block from /${MIN_VPC_PREFIX} to /${longest}`);
  }
  if (!Number.isInteger(zoneCount) || zoneCount < 1 || zoneCount > MAX_ZONES) {
    throw new Error(`${zoneCount} zones: a VPC has room for the subnets of 1 to ${MAX_ZONES}`);
  }
  const publicBlock = slot(vpc, SLOTS - 1);
  return Array.from({ length: zoneCount }, (_, index) => ({
    private: format(slot(vpc, index)),
    public: format(slot(publicBlock, index)),
  }));
}

/** One of the equal parts of a block. */
function slot({ address, prefix }: Block, index: number): Block {
  const inner = prefix + SLOT_BITS;
  return { address: address + index * 2 ** (32 - inner), prefix: inner };
}

function parseBlock(cidr: string): Block {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr)?.slice(1).map(Number);
  const [prefix, ...octets] = [...(parts ?? [])].reverse();
  if (prefix === undefined || prefix > 32 || octets.some((octet) => octet > 255)) {
    throw new Error(`${cidr} is not an IPv4 block such as 10.0.0.0/16`);
  }
  const address = octets.reduce((sum, octet, place) => sum + octet * 256 ** place, 0);
  if (address % 2 ** (32 - prefix) !== 0) {
    throw new Error(`${cidr} does not start at the first address of a /${prefix}`);
  }
  return { address, prefix };
}

function format({ address, prefix }: Block): string {
  const octets = [3, 2, 1, 0].map((place) => Math.floor(address / 256 ** place) % 256);
  return `${octets.join(".")}/${prefix}`;
}
