import * as assert from "node:assert/strict";
import {
  type Capacity,
  capacityInputs,
  capacityProblems,
  efaInterfaces,
} from "../../../../../../stacks/platforms/eks/resources/capacity";

const ID = "cr-0123456789abcdef0";
const ON_DEMAND: Capacity = { type: "onDemand" };
const RESERVATION: Capacity = { type: "reservation", id: ID };
const BLOCK: Capacity = { type: "capacityBlock", id: ID };

describe("capacity of GPU nodes", () => {
  const target = { capacityReservationTarget: { capacityReservationId: ID } };

  it("on demand sets no market and no reservation", () => {
    assert.deepEqual(capacityInputs(ON_DEMAND), { capacityType: "ON_DEMAND" });
  });

  it("from a reservation is on demand and targets the reservation", () => {
    assert.deepEqual(capacityInputs(RESERVATION), {
      capacityType: "ON_DEMAND",
      capacityReservationSpecification: target,
    });
  });

  it("from a capacity block is set in the node group and in the launch template", () => {
    assert.deepEqual(capacityInputs(BLOCK), {
      capacityType: "CAPACITY_BLOCK",
      instanceMarketOptions: { marketType: "capacity-block" },
      capacityReservationSpecification: target,
    });
  });

  /** Every combination of capacity, placement group and zone, and the settings that are refused. EFA changes none. */
  const COMBINATIONS: readonly [Capacity, boolean, string | undefined, string[]][] = [
    [ON_DEMAND, false, undefined, []],
    [ON_DEMAND, false, "us-east-1a", []],
    [ON_DEMAND, true, undefined, ["zone"]],
    [ON_DEMAND, true, "us-east-1a", []],
    [RESERVATION, false, undefined, ["zone"]],
    [RESERVATION, false, "us-east-1a", []],
    [RESERVATION, true, undefined, ["zone", "zone"]],
    [RESERVATION, true, "us-east-1a", []],
    [BLOCK, false, undefined, ["zone"]],
    [BLOCK, false, "us-east-1a", []],
    [BLOCK, true, undefined, ["zone", "zone", "placementGroup"]],
    [BLOCK, true, "us-east-1a", ["placementGroup"]],
  ];
  for (const [capacity, placementGroup, zone, refused] of COMBINATIONS) {
    const what = `${capacity.type}, ${placementGroup ? "" : "no "}placement group, ${zone === undefined ? "all zones" : "one zone"}`;
    it(`${what}: ${refused.length === 0 ? "accepted" : `refused for ${[...new Set(refused)].join(" and ")}`}`, () => {
      for (const efa of [false, true]) {
        const args = { capacity, placementGroup, efa, efaInterfaces: 4, ...(zone === undefined ? {} : { zone }) };
        assert.deepEqual(
          capacityProblems(args).map(({ propertyPath }) => propertyPath),
          refused,
        );
      }
    });
  }

  it("refuses EFA for an instance type without EFA", () => {
    const args = { capacity: ON_DEMAND, placementGroup: false, efaInterfaces: 0 };
    assert.deepEqual(capacityProblems({ ...args, efa: false }), []);
    assert.deepEqual(
      capacityProblems({ ...args, efa: true }).map(({ propertyPath }) => propertyPath),
      ["efa"],
    );
  });
});

describe("EFA interfaces", () => {
  it("of p4d.24xlarge are on each of its four network cards", () => {
    assert.deepEqual(efaInterfaces({ networkCards: 4, efaInterfaces: 4 }), [
      { networkCardIndex: 0, deviceIndex: 0, interfaceType: "efa", deleteOnTermination: "true" },
      { networkCardIndex: 1, deviceIndex: 1, interfaceType: "efa-only", deleteOnTermination: "true" },
      { networkCardIndex: 2, deviceIndex: 1, interfaceType: "efa-only", deleteOnTermination: "true" },
      { networkCardIndex: 3, deviceIndex: 1, interfaceType: "efa-only", deleteOnTermination: "true" },
    ]);
  });

  it("have exactly one device 0, with the node's address, and no device of a card twice", () => {
    for (const cards of [1, 2, 4, 8, 16, 32]) {
      const interfaces = efaInterfaces({ networkCards: cards, efaInterfaces: cards });
      assert.equal(interfaces.filter(({ deviceIndex }) => deviceIndex === 0).length, 1);
      assert.equal(interfaces.filter(({ interfaceType }) => interfaceType === "efa").length, 1);
      const places = interfaces.map(({ networkCardIndex, deviceIndex }) => `${networkCardIndex}/${deviceIndex}`);
      assert.equal(new Set(places).size, cards);
    }
  });

  it("are refused for an instance type without EFA, or with more EFA interfaces than network cards", () => {
    assert.throws(() => efaInterfaces({ networkCards: 1, efaInterfaces: 0 }), /no Elastic Fabric Adapter/);
    assert.throws(() => efaInterfaces({ networkCards: 1, efaInterfaces: 2 }), /do not fit/);
  });
});
