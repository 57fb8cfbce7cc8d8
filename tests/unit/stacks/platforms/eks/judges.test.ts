import * as assert from "node:assert/strict";
import type { CapacityReservation } from "@aws-sdk/client-ec2";
import { type CapacityDemand, judgeCapacity } from "../../../../../stacks/platforms/eks/preflight/capacity";
import { judgeCreator } from "../../../../../stacks/platforms/eks/preflight/creator";
import { judgeIdentity } from "../../../../../stacks/platforms/eks/preflight/credentials";
import { judgeEksVersion } from "../../../../../stacks/platforms/eks/preflight/eksVersion";
import { judgeCount } from "../../../../../stacks/platforms/eks/preflight/networkQuota";
import { judgeOffering, type OfferingDemand } from "../../../../../stacks/platforms/eks/preflight/offering";
import {
  countsAgainst,
  judgeVcpuQuota,
  type NodeDemand,
  vcpuQuotaOf,
} from "../../../../../stacks/platforms/eks/preflight/vcpuQuota";
import { type Case, judged } from "../../../../support/judged";

const NOW = new Date("2026-11-22T12:00:00Z");
const inHours = (hours: number): Date => new Date(NOW.getTime() + hours * 3_600_000);

describe("the check of credentials", () => {
  judged([
    ["of a role", () => judgeIdentity({ account: "1", arn: "arn:aws:sts::1:assumed-role/x/y" }), "passed", /account 1/],
    ["of root", () => judgeIdentity({ account: "1", arn: "arn:aws:iam::1:root" }), "warning", /root/, /role/],
    [
      "that are refused",
      () => judgeIdentity({ refused: "ExpiredToken: expired" }),
      "failed",
      /ExpiredToken/,
      /aws sso login/,
    ],
  ]);
});

describe("the check of administrators of the cluster", () => {
  const caller = "arn:aws:sts::123456789012:assumed-role/admin/me";
  const me = "arn:aws:iam::123456789012:role/team/admin";
  const other = "arn:aws:iam::123456789012:role/other";
  judged([
    [
      "other principals than the creator",
      () => judgeCreator([other], { caller, exists: false }),
      "passed",
      /and 1 more/,
    ],
    [
      "the creator of a new cluster",
      () => judgeCreator([other, me], { caller, exists: false }),
      "failed",
      /second/,
      /Principals\[1\]/,
    ],
    ["the caller, with an existing cluster", () => judgeCreator([me], { caller, exists: true }), "passed", /is there/],
  ]);
});

describe("the check of the vCPU quota", () => {
  const quota = vcpuQuotaOf("p4d.24xlarge");
  assert.ok(quota);
  const demand = (over: Partial<NodeDemand> = {}): NodeDemand => ({
    group: "gpu",
    type: "p4d.24xlarge",
    nodes: 1,
    maxNodes: 1,
    capacity: "onDemand",
    region: "us-east-1",
    ...over,
  });
  const have = (limit: number, usedByOthers = 0, reserved: number | undefined = 0) => ({
    ...{ quota, limit, usedByOthers, reserved },
    vcpusPerNode: 96,
  });
  judged([
    ["just enough", () => judgeVcpuQuota(demand(), have(96)), "passed", /needs 96/],
    ["a quota of 0", () => judgeVcpuQuota(demand(), have(0)), "failed", /needs 96.*allows 0/, /--desired-value 96 /],
    [
      "used by others",
      () => judgeVcpuQuota(demand(), have(100, 96)),
      "failed",
      /others use 96/,
      /L-417A185B --desired-value 192 --region us-east-1/,
    ],
    ["reserved by others", () => judgeVcpuQuota(demand(), have(96, 0, 96)), "failed", /and 96 are reserved/, /192/],
    [
      "unreadable reservations",
      () => judgeVcpuQuota(demand(), { quota, limit: 96, usedByOthers: 0, vcpusPerNode: 96 }),
      "passed",
      /reservations could not be read/,
    ],
    [
      "enough for desiredSize, not for maxSize",
      () => judgeVcpuQuota(demand({ maxNodes: 2 }), have(96)),
      "warning",
      /not for maxSize 2/,
      /192/,
    ],
    [
      "no nodes yet, enough for maxSize",
      () => judgeVcpuQuota(demand({ nodes: 0 }), have(96)),
      "passed",
      /needs 0, at most 96/,
    ],
    [
      "no nodes yet, and a quota of 0",
      () => judgeVcpuQuota(demand({ nodes: 0 }), have(0)),
      "warning",
      /enough for 0/,
      /cannot grow/,
    ],
    [
      "capacity of a reservation",
      () => judgeVcpuQuota(demand({ capacity: "reservation" }), undefined),
      "passed",
      /the reservation/,
    ],
    [
      "capacity of a capacity block",
      () => judgeVcpuQuota(demand({ capacity: "capacityBlock" }), undefined),
      "passed",
      /capacity block/,
    ],
  ]);

  for (const [type, code] of [
    ["p4d.24xlarge", "L-417A185B"],
    ["p5en.48xlarge", "L-417A185B"],
    ["g6.12xlarge", "L-DB2E81BA"],
    ["gr6.4xlarge", "L-DB2E81BA"],
    ["vt1.3xlarge", "L-DB2E81BA"],
    ["m6i.xlarge", "L-1216C47A"],
    ["im4gn.large", "L-1216C47A"],
    ["trn1.2xlarge", undefined],
    ["inf2.xlarge", undefined],
    ["mac2.metal", undefined],
    ["hpc7a.96xlarge", undefined],
  ] as const) {
    it(`counts ${type} against ${code ?? "no known quota"}`, () => assert.equal(vcpuQuotaOf(type)?.code, code));
  }

  for (const [type, lifecycle, expected] of [
    ["p4d.24xlarge", "on-demand", true],
    ["p4d.24xlarge", "spot", false],
    ["p4d.24xlarge", "capacity-block", false],
    ["g5.xlarge", "on-demand", false],
  ] as const) {
    it(`${expected ? "counts" : "does not count"} ${lifecycle} ${type} against the P quota`, () =>
      assert.equal(countsAgainst({ type, lifecycle, own: false }, quota), expected));
  }
});

describe("the check of network quotas", () => {
  const quota = { service: "vpc", code: "L-F678F1CE", name: "VPCs per Region" } as const;
  judged([
    ["enough", () => judgeCount(1, { quota, limit: 5, others: 4 }, "r"), "passed", /allows 5, others use 4/],
    [
      "used up by others",
      () => judgeCount(1, { quota, limit: 5, others: 5 }, "r"),
      "failed",
      /needs 1/,
      /--desired-value 6 --region r/,
    ],
  ]);
});

describe("the check of the instance type's zones", () => {
  const demand = (over: Partial<OfferingDemand> = {}): OfferingDemand => ({
    group: "gpu",
    type: "p4d.24xlarge",
    zones: [],
    discovery: { count: 3 },
    region: "us-east-1",
    ...over,
  });
  const available = ["us-east-1a", "us-east-1b", "us-east-1c"];
  const offered = ["us-east-1a", "us-east-1b"];
  const judge = (over: Partial<OfferingDemand>, in_ = offered) =>
    judgeOffering(demand(over), { offered: in_, available });
  judged([
    ["offered in the configured zone", () => judge({ zone: "us-east-1a" }), "passed", /us-east-1a/],
    [
      "not offered in the configured zone",
      () => judge({ zone: "us-east-1c" }),
      "failed",
      /not offered in us-east-1c/,
      /us-east-1a, us-east-1b.*gpuNodes.zone/,
    ],
    ["offered in no zone", () => judge({}, []), "failed", /no zone of us-east-1/, /another region/],
    ["offered only in a zone that is closed to the account", () => judge({}, ["us-east-1e"]), "failed", /no zone/],
    [
      "a configured zone of another region",
      () => judge({ zone: "eu-west-1a" }),
      "failed",
      /not open.*eu-west-1a/,
      /us-east-1a/,
    ],
    ["offered in all zones of the network", () => judge({ zones: offered }), "passed", /us-east-1a, us-east-1b/],
    [
      "offered in some zones of the network",
      () => judge({ zones: available }),
      "warning",
      /not in us-east-1c/,
      /gpuNodes.zone/,
    ],
    ["offered in some discovered zones", () => judge({}), "warning", /not in us-east-1c/],
    ["offered in all discovered zones", () => judge({ discovery: { count: 2 } }), "passed", /us-east-1a, us-east-1b/],
    [
      "discovered zones that include the zone of the GPU nodes",
      () => judge({ discovery: { count: 2, required: "us-east-1c" } }),
      "warning",
      /offered in us-east-1a, not in us-east-1c/,
    ],
    ["fewer zones than zoneCount", () => judge({ discovery: { count: 4 } }), "failed", /has 3 zones/, /zoneCount/],
    ["offered in some zones, for system nodes", () => judge({ group: "system" }), "warning", /not in/, /network.zones/],
  ]);
});

describe("the check of a reservation or capacity block", () => {
  const demand = (over: Partial<CapacityDemand> = {}): CapacityDemand => ({
    kind: "reservation",
    id: "cr-0123456789abcdef0",
    type: "p4d.24xlarge",
    zone: "us-east-1a",
    nodes: 2,
    region: "us-east-1",
    ...over,
  });
  const reservation = (over: CapacityReservation = {}): CapacityReservation => ({
    State: "active",
    InstanceType: "p4d.24xlarge",
    AvailabilityZone: "us-east-1a",
    InstancePlatform: "Linux/UNIX",
    Tenancy: "default",
    ReservationType: "default",
    TotalInstanceCount: 2,
    AvailableInstanceCount: 2,
    ...over,
  });
  const judge = (over: CapacityReservation, wanted: Partial<CapacityDemand> = {}, ownNodes = 0) =>
    judgeCapacity(demand(wanted), { reservation: reservation(over), ownNodes, now: NOW });
  const block = { ReservationType: "capacity-block" } as const;
  const wantsBlock = { kind: "capacityBlock" } as const;
  judged([
    ["a reservation that fits", () => judge({}), "passed", /active in us-east-1a, 2 of 2 free/],
    [
      "a reservation that does not exist",
      () => judgeCapacity(demand(), { ownNodes: 0, now: NOW }),
      "failed",
      /none in us-east-1/,
      /capacity.id/,
    ],
    ["a capacity block instead of a reservation", () => judge(block), "failed", /capacity-block/, /capacityBlock/],
    [
      "a reservation instead of a capacity block",
      () => judge({}, wantsBlock),
      "failed",
      /default reservation/,
      /Write reservation/,
    ],
    ["another instance type", () => judge({ InstanceType: "p5.48xlarge" }), "failed", /p5.48xlarge/, /instanceType/],
    ["another zone", () => judge({ AvailabilityZone: "us-east-1b" }), "failed", /us-east-1b/, /gpuNodes.zone/],
    [
      "another zone, none configured",
      () => judge({ AvailabilityZone: "us-east-1b" }, { zone: undefined }),
      "passed",
      /us-east-1b/,
    ],
    ["a reservation for Windows", () => judge({ InstancePlatform: "Windows" }), "failed", /Windows/],
    ["dedicated tenancy", () => judge({ Tenancy: "dedicated" }), "failed", /dedicated/],
    [
      "too few free instances",
      () => judge({ AvailableInstanceCount: 1 }),
      "failed",
      /2 wanted.*1 of 2 free/,
      /desiredSize/,
    ],
    [
      "instances used by this stack",
      () => judge({ AvailableInstanceCount: 0 }, {}, 2),
      "passed",
      /2 used by this stack/,
    ],
    ["a reservation that ends soon", () => judge({ EndDate: inHours(23) }), "warning", /ends 2026-11-23T11/, /extend/],
    ["a reservation that ends later", () => judge({ EndDate: inHours(25) }), "passed", /until 2026/],
    ["a block that fits", () => judge(block, wantsBlock), "passed", /active/],
    [
      "a block that ends soon",
      () => judge({ ...block, EndDate: inHours(1) }, wantsBlock),
      "warning",
      /ends/,
      /30 minutes/,
    ],
    [
      "a block that starts later",
      () => judge({ ...block, State: "scheduled", StartDate: inHours(30) }, wantsBlock),
      "failed",
      /scheduled from 2026-11-23T18/,
      /desiredSize to 0/,
    ],
    [
      "a block that starts later, no nodes yet",
      () => judge({ ...block, State: "scheduled" }, { ...wantsBlock, nodes: 0 }),
      "passed",
      /none is asked for/,
    ],
    [
      "a block that is not paid",
      () => judge({ ...block, State: "payment-failed" }, wantsBlock),
      "failed",
      /payment-failed/,
      /another one/,
    ],
    ...(["expired", "cancelled", "failed", "unavailable"] as const).map((state): Case => [
      `state ${state}`,
      () => judge({ State: state }),
      "failed",
      new RegExp(state),
      /describe-capacity-reservations/,
    ]),
  ]);
});

describe("the check of the EKS version", () => {
  const judge = (status: string, endOfStandardSupport?: Date) =>
    judgeEksVersion("1.33", {
      now: NOW,
      versions: [
        { version: "1.33", status, endOfStandardSupport },
        { version: "1.34", status: "STANDARD_SUPPORT" },
      ],
    });
  judged([
    ["standard support", () => judge("STANDARD_SUPPORT", inHours(24 * 90)), "passed", /until 2027-02-20/],
    [
      "standard support that ends soon",
      () => judge("STANDARD_SUPPORT", inHours(24 * 30)),
      "warning",
      /until/,
      /upgrade.*1.34/,
    ],
    ["extended support", () => judge("EXTENDED_SUPPORT"), "warning", /costs extra/, /1.34/],
    ["unsupported", () => judge("UNSUPPORTED"), "failed", /not offered/, /1.34/],
    ["unknown to EKS", () => judgeEksVersion("9.99", { now: NOW, versions: [] }), "failed", /not offered/],
  ]);
});
