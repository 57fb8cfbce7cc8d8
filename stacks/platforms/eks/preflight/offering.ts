import {
  type AvailabilityZone,
  DescribeAvailabilityZonesCommand,
  EC2Client,
  paginateDescribeInstanceTypeOfferings,
} from "@aws-sdk/client-ec2";
import { type Check, failed, passed, type Verdict, warning } from "../../operations";
import { allItems } from "../awsClient";
import { chooseZones, ZONES_WITHOUT_EKS } from "../resources/networkPlan";

/** The instance type that a node group needs, and where. */
export interface OfferingDemand {
  readonly group: string;
  readonly type: string;
  /** The only zone of the node group. */
  readonly zone?: string;
  /** The zones of the network; empty when the program discovers them. */
  readonly zones: readonly string[];
  /** How many zones the program discovers, and the one that is always among them. */
  readonly discovery: { readonly count: number; readonly required?: string };
  readonly region: string;
}

interface OfferingEvidence {
  /** Zones that offer the type. */
  readonly offered: readonly string[];
  /** Zones of the region that are open to the account and to EKS. */
  readonly available: readonly string[];
}

/** Whether the zones offer the type. Whether EC2 has capacity at the moment cannot be asked. */
export function offeringCheck(demand: OfferingDemand): Check<OfferingEvidence> {
  const { group, type, zone, zones, region } = demand;
  return {
    id: `aws.offering.${group}`,
    subject: `${type} offered in ${zone ?? (zones.join(", ") || region)}`,
    async gather(abortSignal) {
      const client = new EC2Client({ region });
      const Filters = [{ Name: "instance-type", Values: [type] }];
      const [offerings, { AvailabilityZones = [] }] = await Promise.all([
        allItems(
          paginateDescribeInstanceTypeOfferings(
            { client },
            { LocationType: "availability-zone", Filters },
            { abortSignal },
          ),
          (page) => page.InstanceTypeOfferings,
        ),
        client.send(new DescribeAvailabilityZonesCommand(), { abortSignal }),
      ]);
      return {
        offered: offerings.map(({ Location = "" }) => Location).sort(),
        available: AvailabilityZones.filter(isOpen)
          .map(({ ZoneName = "" }) => ZoneName)
          .sort(),
      };
    },
    judge: (evidence) => judgeOffering(demand, evidence),
  };
}

/** Whether the account and EKS can use a zone, and it is not a local zone. */
function isOpen({ State, OptInStatus, ZoneType, ZoneId = "" }: AvailabilityZone): boolean {
  return (
    State === "available" &&
    (OptInStatus ?? "opt-in-not-required") === "opt-in-not-required" &&
    (ZoneType ?? "availability-zone") === "availability-zone" &&
    !ZONES_WITHOUT_EKS.includes(ZoneId)
  );
}

/** Decides on the zones. */
export function judgeOffering(demand: OfferingDemand, { offered, available }: OfferingEvidence): Verdict {
  const { type, region, group, zone, zones } = demand;
  const { count, required } = demand.discovery;
  const list = (names: readonly string[]): string => names.join(", ");
  const usable = offered.filter((name) => available.includes(name));
  if (usable.length === 0) {
    return failed(
      `no zone of ${region} offers it`,
      `Choose another region (aws.region) or type (aws.${group}Nodes.instanceType): aws ec2 describe-instance-type-offerings --filters Name=instance-type,Values=${type} --region REGION`,
    );
  }
  const named = [zone, required, ...zones].filter((name) => name !== undefined);
  const closed = new Set(named.filter((name) => !available.includes(name)));
  if (closed.size > 0) {
    return failed(
      `not open to this account and to EKS in ${region}: ${list([...closed])}`,
      `Choose among the open zones: ${list(available)} (aws.network.zones, aws.gpuNodes.zone).`,
    );
  }
  if (zones.length === 0 && available.length < count) {
    return failed(
      `${region} has ${available.length} zones for this account and EKS: ${list(available)}`,
      "Set aws.network.zoneCount to at most that number, and at least two.",
    );
  }
  const networkZones = zones.length > 0 ? zones : chooseZones(available, count, required);
  const wanted = zone === undefined ? networkZones : [zone];
  const missing = wanted.filter((name) => !usable.includes(name));
  if (missing.length === 0) return passed(`offered in ${list(wanted)}`);
  if (missing.length === wanted.length) {
    return failed(
      `not offered in ${list(wanted)}`,
      `Set a zone that offers it, ${list(usable)}, as aws.network.zones${zone === undefined ? "" : " and aws.gpuNodes.zone"}.`,
    );
  }
  return warning(
    `offered in ${list(wanted.filter((name) => !missing.includes(name)))}, not in ${list(missing)}`,
    group === "gpu"
      ? `Nodes can start only where the type is offered. Set aws.gpuNodes.zone to one of ${list(usable)}, and add it to aws.network.zones.`
      : "Nodes can start only where the type is offered. Remove the other zones from aws.network.zones if that matters.",
  );
}
