import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { allocateSubnets, MAX_ZONES } from "../../../../../../stacks/platforms/eks/resources/networkPlan";

/** First and last address of a block. */
function range(cidr: string): [number, number] {
  const [address = "", prefix] = cidr.split("/");
  const first = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return [first, first + 2 ** (32 - Number(prefix)) - 1];
}

/** A VPC's block: any address, cut off to the prefix. */
const vpc = fc.tuple(fc.nat({ max: 2 ** 32 - 1 }), fc.integer({ min: 16, max: 22 })).map(([address, prefix]) => {
  const first = address - (address % 2 ** (32 - prefix));
  return `${[3, 2, 1, 0].map((place) => Math.floor(first / 256 ** place) % 256).join(".")}/${prefix}`;
});
const zones = fc.integer({ min: 1, max: MAX_ZONES });

describe("subnets of a VPC", () => {
  it("of the default block", () => {
    assert.deepEqual(allocateSubnets("10.0.0.0/16", 3), [
      { private: "10.0.0.0/19", public: "10.0.224.0/22" },
      { private: "10.0.32.0/19", public: "10.0.228.0/22" },
      { private: "10.0.64.0/19", public: "10.0.232.0/22" },
    ]);
  });

  it("are inside it, and none shares an address with another", () => {
    fc.assert(
      fc.property(vpc, zones, (cidr, count) => {
        const [first, last] = range(cidr);
        const ranges = allocateSubnets(cidr, count)
          .flatMap((zone) => [zone.private, zone.public])
          .map(range)
          .sort(([a], [b]) => a - b);
        assert.equal(ranges.length, 2 * count);
        assert.ok(ranges.every(([from, to]) => from >= first && to <= last));
        ranges.slice(1).forEach(([from], index) => assert.ok(from > (ranges[index]?.[1] ?? 0)));
      }),
    );
  });

  it("start at the first address of their block and are of a size that AWS takes", () => {
    fc.assert(
      fc.property(vpc, zones, (cidr, count) => {
        for (const subnet of allocateSubnets(cidr, count).flatMap((zone) => [zone.private, zone.public])) {
          const [first, last] = range(subnet);
          assert.equal(first % (last - first + 1), 0, subnet);
          assert.ok(last - first + 1 >= 16, subnet);
        }
      }),
    );
  });

  it("stay as they are when zones are added after them", () => {
    fc.assert(
      fc.property(vpc, zones, zones, (cidr, one, other) => {
        const [few, many] = [Math.min(one, other), Math.max(one, other)];
        assert.deepEqual(allocateSubnets(cidr, many).slice(0, few), allocateSubnets(cidr, few));
      }),
    );
  });

  const REFUSED: readonly [string, string, number, RegExp][] = [
    ["a block that is larger than a VPC", "10.0.0.0/15", 3, /from \/16 to \/22/],
    ["a block without room for subnets", "10.0.0.0/23", 3, /from \/16 to \/22/],
    ["an address that is not the block's first", "10.0.1.0/16", 3, /first address of a \/16/],
    ["what is no address", "10.0.256.0/16", 3, /is not an IPv4 block/],
    ["what is no block", "10.0.0.0", 3, /is not an IPv4 block/],
    ["more zones than there is room for", "10.0.0.0/16", MAX_ZONES + 1, /room for the subnets of 1 to 7/],
    ["no zone", "10.0.0.0/16", 0, /room for the subnets/],
  ];
  for (const [what, cidr, count, message] of REFUSED) {
    it(`refuse ${what}`, () => assert.throws(() => allocateSubnets(cidr, count), message));
  }
});
