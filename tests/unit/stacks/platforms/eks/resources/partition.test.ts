import * as assert from "node:assert/strict";
import { globalRegionOf, knownPartition, partitionOf } from "../../../../../../stacks/platforms/eks/resources/names";

describe("the partition of a region", () => {
  for (const [region, partition] of [
    ["us-east-1", "aws"],
    ["eu-central-1", "aws"],
    ["ap-southeast-7", "aws"],
    ["il-central-1", "aws"],
    ["mx-central-1", "aws"],
    ["us-gov-west-1", "aws-us-gov"],
    ["us-gov-east-1", "aws-us-gov"],
    ["cn-north-1", undefined],
    ["us-iso-east-1", undefined],
    ["us-isob-east-1", undefined],
    ["eu-isoe-west-1", undefined],
    ["eusc-de-east-1", undefined],
  ] as const) {
    it(`${region}: ${partition ?? "not supported"}`, () => {
      assert.equal(knownPartition(region), partition);
      if (partition === undefined) assert.throws(() => partitionOf(region), /not supported/);
      else assert.equal(partitionOf(region), partition);
    });
  }

  it("has one region that lists what has none", () => {
    assert.deepEqual(["eu-west-1", "us-gov-east-1", "cn-north-1"].map(globalRegionOf), [
      "us-east-1",
      "us-gov-west-1",
      undefined,
    ]);
  });
});
