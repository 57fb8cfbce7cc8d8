import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { cost, costLine, HOURS_PER_MONTH } from "../../../../../stacks/platforms/eks/cost";
import { INSTANCE_TYPES } from "../../../../../stacks/platforms/eks/instanceTypes";
import { isCron, isTimeZone, shareOfTime } from "../../../../../stacks/platforms/eks/schedule";
import { parseAws } from "../../../../support/configurations";

const OFFICE_HOURS = { timeZone: "Europe/Berlin", start: "0 8 * * MON-FRI", stop: "0 18 * * MON-FRI" };

function configured(aws: Record<string, unknown> = {}) {
  const config = parseAws(aws).aws;
  assert.ok(config);
  return config;
}

/** Compares amounts of money. */
function same(actual: number | undefined, expected: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);
}

describe("the share of the time that a schedule runs", () => {
  const cases: [start: string, stop: string, share: number | undefined][] = [
    ["0 8 * * MON-FRI", "0 18 * * MON-FRI", 50 / 168],
    ["0 8 * * 1-5", "0 18 * * 1-5", 50 / 168],
    // Monday morning to Friday evening.
    ["0 8 * * MON", "0 18 * * FRI", (4 * 24 + 10) / 168],
    // Over midnight, and over the end of the week.
    ["0 20 * * *", "0 6 * * *", 10 / 24],
    ["0 20 * * SAT", "0 6 * * MON", 34 / 168],
    ["0 20 * * 6", "0 6 * * 1", 34 / 168],
    // A second start while nodes run changes nothing.
    ["0 8,12 * * *", "0 18 * * *", 10 / 24],
    ["*/30 8 * * *", "30 9 * * *", 1.5 / 24],
    // In one month of the year.
    ["0 0 1 JAN *", "0 0 1 FEB *", 31 / 365.25],
    ["0 8 * * *", "0 8 * * *", 0],
    ["0 8 31 2 *", "0 18 * * *", undefined],
    ["0 8 * *", "0 18 * * *", undefined],
  ];
  for (const [start, stop, share] of cases) {
    it(`is ${share?.toFixed(4) ?? "undefined"} for ${start} to ${stop}`, () => {
      const actual = shareOfTime({ start, stop });
      if (share === undefined) {
        assert.equal(actual, undefined);
      } else {
        same(actual, share);
      }
    });
  }

  it("plus the share with start and stop exchanged is 1", () => {
    const time = fc.record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) });
    fc.assert(
      fc.property(time, time, (a, b) => {
        fc.pre(a.hour !== b.hour || a.minute !== b.minute);
        const [start, stop] = [`${a.minute} ${a.hour} * * *`, `${b.minute} ${b.hour} * * *`];
        same(shareOfTime({ start, stop })! + shareOfTime({ start: stop, stop: start })!, 1);
      }),
      { numRuns: 20 },
    );
  });

  it("is computed in less than a second for times that fire every minute", () => {
    const begin = performance.now();
    assert.equal(shareOfTime({ start: "* * * * *", stop: "* * * * *" }), 0);
    same(shareOfTime({ start: "* * * * *", stop: "0 18 * * *" }), 1 - 1 / 1440);
    assert.ok(performance.now() - begin < 1000);
  });
});

describe("cron expressions", () => {
  for (const text of ["0 8 * * *", "*/15 0-6 1,15 jan-MAR 7", "5/10 * * * sun", "1,1 * * * 0,7", "0 8 31 2 *"]) {
    it(`accepts ${text}`, () => assert.ok(isCron(text)));
  }
  for (const text of ["", "@daily", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "* * * * L"]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.ok(!isCron(text)));
  }
  for (const text of ["5-1 * * * *", "*/0 * * * *", "*-5 * * * *", "1, * * * *", "? * * * *", "0 0 8 * * MON"]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.ok(!isCron(text)));
  }
  for (const text of [
    "? 0 * * *",
    "H 0 * * *",
    "* * L * *",
    "* * LLL * *",
    "* * * JAN2 *",
    "* * * * MON#2",
    "008 * * * *",
  ]) {
    it(`refuses ${JSON.stringify(text)}, which only other kinds of cron know`, () => assert.ok(!isCron(text)));
  }
});

describe("time zones", () => {
  for (const name of ["Europe/Berlin", "Etc/UTC", "Etc/GMT+9", "America/Argentina/Buenos_Aires", "Pacific/Tahiti"]) {
    it(`accepts ${name}`, () => assert.ok(isTimeZone(name)));
  }
  for (const name of ["", "UTC", "CET", "+02:00", "Europe/Bielefeld", "europe/berlin"]) {
    it(`refuses ${JSON.stringify(name)}`, () => assert.ok(!isTimeZone(name)));
  }
});

describe("the cost", () => {
  it("is the sum of its items, and a month is 730 hours", () => {
    const { hourlyUsd, monthlyUsd, items } = cost(configured(), 0);
    same(hourlyUsd, 21.957642 + 2 * 0.384 + ((2 * 100 + 300) * 0.08) / 730 + 0.6 + 0.05 + 0.0225);
    same(monthlyUsd, hourlyUsd * HOURS_PER_MONTH);
    assert.deepEqual(
      items.map(({ name }) => name),
      [
        "GPU nodes: 1 x p4d.24xlarge",
        "system nodes: 2 x m6i.2xlarge",
        "root volumes: 500 GiB",
        "EKS 1.33 (extended support)",
        "NAT: 1",
        "load balancer",
      ],
    );
  });

  it("of GPU nodes and their volumes follows the schedule; the rest does not", () => {
    const always = cost(configured(), 0);
    const scheduled = cost(configured({ gpuNodes: { schedule: OFFICE_HOURS } }), 0);
    same(scheduled.hourlyUsd, always.hourlyUsd);
    same(scheduled.gpuHoursPerMonth, (730 * 50) / 168);
    const saved = (1 - 50 / 168) * (730 * 21.957642 + 300 * 0.08);
    same(always.monthlyUsd - scheduled.monthlyUsd, saved);
  });

  it("of a reservation stays the same when nothing runs in it", () => {
    const capacity = { type: "reservation", id: "cr-0123456789abcdef0" };
    const item = cost(configured({ gpuNodes: { capacity, zone: "us-east-1b", schedule: OFFICE_HOURS } }), 0).items[0];
    same(item?.monthlyUsd, 730 * 21.957642);
  });

  it("of a capacity block is 0, because it is paid in advance", () => {
    const capacity = { type: "capacityBlock", id: "cr-0123456789abcdef0" };
    const item = cost(configured({ gpuNodes: { capacity, zone: "us-east-1b" } }), 0).items[0];
    assert.deepEqual([item?.hourlyUsd, item?.monthlyUsd], [0, 0]);
    assert.match(item?.name ?? "", /capacity block: paid for when it was bought/);
  });

  it("without GPU nodes is lower by the price of the nodes and their volumes", () => {
    const none = cost(configured({ gpuNodes: { desiredSize: 0 } }), 0);
    same(cost(configured(), 0).hourlyUsd - none.hourlyUsd, 21.957642 + (300 * 0.08) / 730);
  });

  it("counts NAT gateways and interface endpoints once per zone", () => {
    const zones = { zones: ["us-east-1a", "us-east-1b"], nat: "perZone", interfaceEndpoints: true };
    const { items } = cost(configured({ network: zones }), 0);
    same(items.find(({ name }) => name === "NAT: 2")?.hourlyUsd, 0.1);
    same(items.find(({ name }) => name === "interface endpoints: 14")?.hourlyUsd, 0.14);
  });

  it("includes the volumes of monitoring all the time", () => {
    const [without, with51] = [cost(configured(), 0), cost(configured(), 51)];
    same(with51.monthlyUsd - without.monthlyUsd, 51 * 0.08);
    assert.equal(with51.items.at(-1)?.name, "volumes of monitoring: 51 GiB");
  });

  it("of GPU nodes is proportional to their number", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom("p4d.24xlarge", "p5.48xlarge"),
        (size, instanceType) => {
          const gpuNodes = { instanceType, desiredSize: size, maxSize: 5 } as const;
          same(
            cost(configured({ gpuNodes }), 0).items[0]?.hourlyUsd,
            size * INSTANCE_TYPES[gpuNodes.instanceType].hourlyUsd,
          );
        },
      ),
    );
  });

  it("in one line says which prices it uses and what it leaves out", () => {
    assert.equal(
      costLine(configured(), 51),
      "about 23.46 USD an hour, 17,125 USD a month running all the time (list prices of us-east-1: instances on 2026-07-20, all else unverified; without traffic, logs, taxes and discounts)",
    );
    assert.equal(
      costLine(configured({ gpuNodes: { schedule: OFFICE_HOURS } }), 51),
      "about 23.46 USD an hour, 5,849 USD a month with GPU nodes running 217 of 730 hours (list prices of us-east-1: instances on 2026-07-20, all else unverified; without traffic, logs, taxes and discounts)",
    );
  });
});
