import * as assert from "node:assert/strict";
import type { RawConfig } from "../../../../../stacks/config";
import { lines, parseAws, problemsOf } from "../../../../support/configurations";

const RESERVATION = { type: "reservation", id: "cr-0123456789abcdef0" };
const BLOCK = { type: "capacityBlock", id: "cr-0123456789abcdef0" };
const OFFICE_HOURS = { timeZone: "Europe/Berlin", start: "0 8 * * MON-FRI", stop: "0 18 * * MON-FRI" };
const ZONE = "us-east-1b";

/** Changes of the AWS part of a valid configuration, and all problems that must be reported. */
const TABLE: [name: string, aws: RawConfig, ...reported: string[]][] = [
  [
    "more GPU nodes than maxSize",
    { gpuNodes: { desiredSize: 2 } },
    "aws.gpuNodes.desiredSize: 2 is more than maxSize (1); write at most 1",
  ],
  [
    "a maxSize that is not a number, without a second problem for desiredSize",
    { gpuNodes: { maxSize: "two", desiredSize: 2 } },
    'aws.gpuNodes.maxSize: "two" is not allowed; write a whole number from 1 to 100',
  ],
  [
    "GPU nodes outside the network",
    { network: { zones: ["us-east-1a", "us-east-1b"] }, gpuNodes: { zone: "us-east-1c" } },
    'aws.gpuNodes.zone: "us-east-1c" is none of aws.network.zones; write us-east-1a or us-east-1b, or add it there',
  ],
  [
    "GPU nodes in another region",
    { gpuNodes: { zone: "us-west-2a" } },
    'aws.gpuNodes.zone: "us-west-2a" is not in region us-east-1; write a zone such as us-east-1a',
  ],
  [
    "an AMI of another Kubernetes version",
    { gpuNodes: { amiRelease: "1.34.9-20260714" } },
    'aws.gpuNodes.amiRelease: "1.34.9-20260714" is not of Kubernetes 1.33; write a 1.33 release, or remove it for the pinned one',
  ],
  [
    "the latest AMI",
    { gpuNodes: { amiRelease: "latest" } },
    'aws.gpuNodes.amiRelease: "latest" is not allowed; write a release of github.com/awslabs/amazon-eks-ami in the form VERSION-YYYYMMDD such as 1.33.13-20260714',
  ],
  [
    "a capacity id that is not of a reservation",
    { gpuNodes: { zone: ZONE, capacity: { type: "reservation", id: "crg-0123456789abcdef0" } } },
    'aws.gpuNodes.capacity.id: "crg-0123456789abcdef0" is not allowed; write the id of a capacity reservation such as cr-0123456789abcdef0',
  ],
  [
    "a reservation without an id and a zone",
    { gpuNodes: { capacity: { type: "reservation" } } },
    "aws.gpuNodes.zone: is missing, and a capacity reservation is in one zone; write that zone",
    "aws.gpuNodes.capacity.id: is missing for a capacity reservation; write its id such as cr-0123456789abcdef0",
  ],
  [
    "a capacity block without a zone",
    { gpuNodes: { capacity: BLOCK } },
    "aws.gpuNodes.zone: is missing, and a capacity block is in one zone; write that zone",
  ],
  [
    "a capacity id for on-demand capacity",
    { gpuNodes: { capacity: { id: RESERVATION.id } } },
    "aws.gpuNodes.capacity.id: has no effect with aws.gpuNodes.capacity.type onDemand; remove it, or write reservation or capacityBlock as aws.gpuNodes.capacity.type",
  ],
  [
    "a placement group without a zone",
    { gpuNodes: { placementGroup: true } },
    "aws.gpuNodes.zone: is missing, and a cluster placement group is in one zone; write that zone, or false as aws.gpuNodes.placementGroup",
  ],
  [
    "a placement group in a capacity block",
    { gpuNodes: { capacity: BLOCK, zone: ZONE, placementGroup: true } },
    "aws.gpuNodes.placementGroup: true is not possible in a capacity block, whose instances are already close together; write false",
  ],
  [
    "a schedule in a capacity block",
    { gpuNodes: { capacity: BLOCK, zone: ZONE, schedule: OFFICE_HOURS } },
    "aws.gpuNodes.schedule: has no effect with aws.gpuNodes.capacity.type capacityBlock; remove it, or write onDemand or reservation as aws.gpuNodes.capacity.type",
  ],
  [
    "a capacity block of an instance type that has none",
    { gpuNodes: { capacity: BLOCK, zone: ZONE, instanceType: "g6e.12xlarge" } },
    "aws.gpuNodes.instanceType: g6e.12xlarge is not sold in capacity blocks; write p4d.24xlarge, p4de.24xlarge, p5.4xlarge, p5.48xlarge, p5en.48xlarge or p6-b200.48xlarge, or another aws.gpuNodes.capacity.type",
  ],
  [
    "EFA on an instance type without EFA",
    { gpuNodes: { instanceType: "g6e.4xlarge", maxSize: 3, desiredSize: 3, efa: true } },
    "aws.gpuNodes.efa: true is not possible on g6e.4xlarge, which has no EFA; write false, or g6e.8xlarge, g6e.12xlarge, g6e.16xlarge, g6e.24xlarge or g6e.48xlarge as aws.gpuNodes.instanceType",
  ],
  [
    "a schedule together with an autoscaler",
    { gpuNodes: { autoscaled: true, schedule: OFFICE_HOURS } },
    "aws.gpuNodes.schedule: is undone by an autoscaler, which starts nodes again for pending pods; remove it, or write false as aws.gpuNodes.autoscaled",
  ],
  [
    "an invalid time zone and invalid times of a schedule",
    { gpuNodes: { schedule: { timeZone: "CET", start: "0 8 * * MON-FRI *", stop: "0 24 * * *" } } },
    'aws.gpuNodes.schedule.timeZone: "CET" is not an IANA time zone; write one such as Europe/Berlin or Etc/UTC',
    'aws.gpuNodes.schedule.start: "0 8 * * MON-FRI *" is not a cron expression of five fields (minute, hour, day, month, weekday); write one such as "0 8 * * MON-FRI"',
    'aws.gpuNodes.schedule.stop: "0 24 * * *" is not a cron expression of five fields (minute, hour, day, month, weekday); write one such as "0 18 * * MON-FRI"',
  ],
  [
    "a start that never happens",
    { gpuNodes: { schedule: { ...OFFICE_HOURS, start: "0 8 31 2 *" } } },
    'aws.gpuNodes.schedule: never lets GPU nodes run (start "0 8 31 2 *", stop "0 18 * * MON-FRI"); write times that occur, and a stop after each start',
  ],
  [
    "a schedule without a stop",
    { gpuNodes: { schedule: { timeZone: "Etc/UTC", start: "0 8 * * *" } } },
    'aws.gpuNodes.schedule.stop: is missing; write a cron expression of five fields such as "0 18 * * MON-FRI"',
  ],
];

/** The same for changes of the models on the nodes. */
const MODELS: [name: string, change: RawConfig, ...reported: string[]][] = [
  [
    "more replicas than the nodes have GPUs",
    { models: [{ name: "a/b", replicas: 9 }] },
    "aws.gpuNodes.maxSize: 1 is too few for the models, whose replicas take 2 nodes of p4d.24xlarge; write at least 2, or fewer replicas",
  ],
  [
    "a replica that is larger than a node",
    { models: [{ name: "a/b", resources: { memory: "2Ti" } }] },
    "models[0].resources: 8 CPU and 2Ti are more than a node has for pods (95.4 CPU and 1036Gi on p4d.24xlarge); write less, or another aws.gpuNodes.instanceType",
  ],
  [
    "a replica with more GPUs than a node has",
    { models: [{ name: "a/b", replicas: 1, tensorParallel: 8 }], aws: { gpuNodes: { instanceType: "g6e.12xlarge" } } },
    "models[0].tensorParallel: 8 is more GPUs than a node has (g6e.12xlarge has 4); write at most 4, or another aws.gpuNodes.instanceType",
  ],
  [
    "a desiredSize that is too small for the models",
    { models: [{ name: "a/b", replicas: 16 }], aws: { gpuNodes: { maxSize: 4 } } },
    "aws.gpuNodes.desiredSize: 1 is too few for the models, whose replicas take 2 nodes of p4d.24xlarge, and no autoscaler adds the others; write 2, or 0 for none",
  ],
];

describe("the configuration of GPU nodes", () => {
  for (const [name, aws, ...reported] of TABLE) {
    it(`refuses ${name}`, () => assert.deepEqual(lines(problemsOf(() => parseAws(aws))), reported));
  }

  for (const [name, change, ...reported] of MODELS) {
    it(`refuses ${name}`, () => assert.deepEqual(lines(problemsOf(() => parseAws({}, change))), reported));
  }
});
