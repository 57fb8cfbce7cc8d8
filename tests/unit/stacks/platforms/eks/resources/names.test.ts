import * as assert from "node:assert/strict";
import {
  globalRegionOf,
  isPrincipal,
  knownPartition,
  partitionOf,
} from "../../../../../../stacks/platforms/eks/resources/names";

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

  it("has one region that lists resources without a region", () => {
    assert.deepEqual(["eu-west-1", "us-gov-east-1", "cn-north-1"].map(globalRegionOf), [
      "us-east-1",
      "us-gov-west-1",
      undefined,
    ]);
  });
});

describe("the caller in STS and a principal in the configuration", () => {
  const ACCOUNT = "123456789012";
  for (const [caller, principal, same] of [
    [`arn:aws:iam::${ACCOUNT}:user/jo`, `arn:aws:iam::${ACCOUNT}:user/jo`, true],
    [`arn:aws:iam::${ACCOUNT}:user/jo`, `arn:aws:iam::${ACCOUNT}:user/joe`, false],
    [`arn:aws:sts::${ACCOUNT}:assumed-role/admin/jo`, `arn:aws:iam::${ACCOUNT}:role/admin`, true],
    [`arn:aws:sts::${ACCOUNT}:assumed-role/admin/jo`, `arn:aws:iam::${ACCOUNT}:role/team/admin`, true],
    [`arn:aws:sts::${ACCOUNT}:assumed-role/admin/jo`, `arn:aws:iam::${ACCOUNT}:role/other`, false],
    [`arn:aws:sts::${ACCOUNT}:assumed-role/admin/jo`, "arn:aws:iam::210987654321:role/admin", false],
    [`arn:aws:sts::${ACCOUNT}:assumed-role/admin/jo`, `arn:aws:iam::${ACCOUNT}:user/admin`, false],
    [`arn:aws-us-gov:sts::${ACCOUNT}:assumed-role/admin/jo`, `arn:aws-us-gov:iam::${ACCOUNT}:role/admin`, true],
    [`arn:aws:sts::${ACCOUNT}:federated-user/admin`, `arn:aws:iam::${ACCOUNT}:role/admin`, false],
  ] as const) {
    it(`are ${same ? "the same" : "different"}: ${caller} and ${principal}`, () => {
      assert.equal(isPrincipal(caller, principal), same);
    });
  }
});
