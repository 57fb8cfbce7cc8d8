import * as assert from "node:assert/strict";
import {
  type Capacity,
  capacityInputs,
  capacityProblems,
  efaInterfaces,
} from "../../../../../../stacks/platforms/eks/resources/capacity";
import { chooseZones } from "../../../../../../stacks/platforms/eks/resources/networkPlan";

const ID = "cr-0123456789abcdef0";
const ON_DEMAND: Capacity = { type: "onDemand" };
const RESERVATION: Capacity = { type: "reservation", id: ID };
const BLOCK: Capacity = { type: "capacityBlock", id: ID };

describe("capacity of GPU nodes", () => {
  const target = { capacityReservationTarget: { capacityReservationId: ID } };

  it("on demand says nothing of markets or reservations", () => {
    assert.deepEqual(capacityInputs(ON_DEMAND), { capacityType: "ON_DEMAND" });
  });

  it("from a reservation is on demand, aimed at it", () => {
    assert.deepEqual(capacityInputs(RESERVATION), {
      capacityType: "ON_DEMAND",
      capacityReservationSpecification: target,
    });
  });

  it("from a capacity block says so in the node group and in the launch template", () => {
    assert.deepEqual(capacityInputs(BLOCK), {
      capacityType: "CAPACITY_BLOCK",
      instanceMarketOptions: { marketType: "capacity-block" },
      capacityReservationSpecification: target,
    });
  });

  /** Every combination of capacity, placement group and zone; and which settings are refused. EFA never changes any. */
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
    it(`${what}: ${refused.length === 0 ? "taken" : `refused for ${[...new Set(refused)].join(" and ")}`}`, () => {
      for (const efa of [false, true]) {
        const args = { capacity, placementGroup, efa, efaInterfaces: 4, ...(zone === undefined ? {} : { zone }) };
        assert.deepEqual(
          capacityProblems(args).map(({ propertyPath }) => propertyPath),
          refused,
        );
      }
    });
  }

  it("has no EFA where the instance type has none", () => {
    const args = { capacity: ON_DEMAND, placementGroup: false, efaInterfaces: 0 };
    assert.deepEqual(capacityProblems({ ...args, efa: false }), []);
    assert.deepEqual(
      capacityProblems({ ...args, efa: true }).map(({ propertyPath }) => propertyPath),
      ["efa"],
    );
  });
});

describe("EFA interfaces", () => {
  it("of p4d.24xlarge are one on each of its four network cards", () => {
    assert.deepEqual(efaInterfaces({ networkCards: 4, efaInterfaces: 4 }), [
      { networkCardIndex: 0, deviceIndex: 0, interfaceType: "efa", deleteOnTermination: "true" },
      { networkCardIndex: 1, deviceIndex: 1, interfaceType: "efa-only", deleteOnTermination: "true" },
      { networkCardIndex: 2, deviceIndex: 1, interfaceType: "efa-only", deleteOnTermination: "true" },
      { networkCardIndex: 3, deviceIndex: 1, interfaceType: "efa-only", deleteOnTermination: "true" },
    ]);
  });

  it("are device 0 exactly once, with the node's address, and no two are the same device of a card", () => {
    for (const cards of [1, 2, 4, 8, 16, 32]) {
      const interfaces = efaInterfaces({ networkCards: cards, efaInterfaces: cards });
      assert.equal(interfaces.filter(({ deviceIndex }) => deviceIndex === 0).length, 1);
      assert.equal(interfaces.filter(({ interfaceType }) => interfaceType === "efa").length, 1);
      const places = interfaces.map(({ networkCardIndex, deviceIndex }) => `${networkCardIndex}/${deviceIndex}`);
      assert.equal(new Set(places).size, cards);
    }
  });

  it("are refused where there is none, or none on a card", () => {
    assert.throws(() => efaInterfaces({ networkCards: 1, efaInterfaces: 0 }), /no Elastic Fabric Adapter/);
    assert.throws(() => efaInterfaces({ networkCards: 1, efaInterfaces: 2 }), /do not fit/);
  });
});

describe("zones of the network, where none are given", () => {
  const available = ["us-east-1d", "us-east-1a", "us-east-1c", "us-east-1b"];

  it("are the first ones by name, in whatever order they are listed", () => {
    assert.deepEqual(chooseZones(available, 2), ["us-east-1a", "us-east-1b"]);
    assert.deepEqual(chooseZones([...available].reverse(), 3), ["us-east-1a", "us-east-1b", "us-east-1c"]);
  });

  it("hold the zone of the GPU nodes", () => {
    assert.deepEqual(chooseZones(available, 2, "us-east-1d"), ["us-east-1a", "us-east-1d"]);
    assert.deepEqual(chooseZones(available, 2, "us-east-1a"), ["us-east-1a", "us-east-1b"]);
  });

  it("are refused where there are too few, or not the one that is needed", () => {
    assert.throws(() => chooseZones(available, 5), /has 4 zones for EKS/);
    assert.throws(() => chooseZones(available, 2, "us-east-1f"), /us-east-1f is not among the zones/);
  });
});
