import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  allocateSubnets,
  chooseZones,
  MAX_ZONES,
  parseBlock,
} from "../../../../../../stacks/platforms/eks/resources/networkPlan";

/** First and last address of a block. */
function range(cidr: string): [number, number] {
  const [address = "", prefix] = cidr.split("/");
  const first = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return [first, first + 2 ** (32 - Number(prefix)) - 1];
}

/** A block of a VPC: a random address, masked by the prefix. */
const vpc = fc.tuple(fc.nat({ max: 2 ** 32 - 1 }), fc.integer({ min: 16, max: 22 })).map(([address, prefix]) => {
  const first = address - (address % 2 ** (32 - prefix));
  return `${[3, 2, 1, 0].map((place) => Math.floor(first / 256 ** place) % 256).join(".")}/${prefix}`;
});
const zones = fc.integer({ min: 1, max: MAX_ZONES });

describe("subnets of a VPC", () => {
  it("have the expected addresses in the default block", () => {
    assert.deepEqual(allocateSubnets("10.0.0.0/16", 3), [
      { private: "10.0.0.0/19", public: "10.0.224.0/22" },
      { private: "10.0.32.0/19", public: "10.0.228.0/22" },
      { private: "10.0.64.0/19", public: "10.0.232.0/22" },
    ]);
  });

  it("are inside its block and do not overlap", () => {
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

  it("start at the first address of their block and have a size that AWS accepts", () => {
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

  it("stay the same when zones are added at the end", () => {
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
    ["a text that is no address", "10.0.256.0/16", 3, /is not an IPv4 block/],
    ["an address without a prefix", "10.0.0.0", 3, /is not an IPv4 block/],
    ["more zones than fit", "10.0.0.0/16", MAX_ZONES + 1, /room for the subnets of 1 to 7/],
    ["zero zones", "10.0.0.0/16", 0, /room for the subnets/],
  ];
  for (const [what, cidr, count, message] of REFUSED) {
    it(`refuse ${what}`, () => assert.throws(() => allocateSubnets(cidr, count), message));
  }
});

describe("an IPv4 block", () => {
  for (const [text, block] of [
    ["10.0.0.0/16", "10.0.0.0/16"],
    ["10.1.2.3/16", "10.1.0.0/16"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["255.255.255.255/32", "255.255.255.255/32"],
    ["010.08.0.0/016", undefined],
    ["010.08.0.0/16", "10.8.0.0/16"],
    ["10.0.0.0", undefined],
    ["10.0.0/16", undefined],
    ["10.0.0.0/33", undefined],
    ["10.0.256.0/16", undefined],
    ["10.0.0.0/255.255.0.0", undefined],
    ["::/0", undefined],
    ["", undefined],
  ] as const) {
    it(`${JSON.stringify(text)} is ${block ?? "refused"}`, () => assert.equal(parseBlock(text)?.toString(), block));
  }
});

describe("zones of the network, when none are configured", () => {
  const available = ["us-east-1d", "us-east-1a", "us-east-1c", "us-east-1b"];

  it("are the first ones by name, in any order of the list", () => {
    assert.deepEqual(chooseZones(available, 2), ["us-east-1a", "us-east-1b"]);
    assert.deepEqual(chooseZones([...available].reverse(), 3), ["us-east-1a", "us-east-1b", "us-east-1c"]);
  });

  it("include the zone of the GPU nodes", () => {
    assert.deepEqual(chooseZones(available, 2, "us-east-1d"), ["us-east-1a", "us-east-1d"]);
    assert.deepEqual(chooseZones(available, 2, "us-east-1a"), ["us-east-1a", "us-east-1b"]);
  });

  it("are refused when the region has too few, or not the required one", () => {
    assert.throws(() => chooseZones(available, 5), /has 4 zones for EKS/);
    assert.throws(() => chooseZones(available, 2, "us-east-1f"), /us-east-1f is not among the zones/);
  });
});
