import { DescribeAvailabilityZonesCommand, DescribeInstanceTypeOfferingsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { chooseZones, ZONES_WITHOUT_EKS } from "../../../stacks/platforms/eks/resources/networkPlan";
import { allPages, type AwsClientOptions } from "../../common/aws";
import type { Check, Verdict } from "../check";

/** Which instance type is wanted, and where. */
export interface OfferingDemand {
  readonly group: string;
  readonly type: string;
  /** The one zone that it has to be in. */
  readonly zone?: string;
  /** The zones of the network; empty when they are discovered. */
  readonly zones: readonly string[];
  /** How many are discovered, and the one that is always among them. */
  readonly discovery: { readonly count: number; readonly required?: string };
  readonly region: string;
}

export interface OfferingEvidence {
  /** Zones that offer the type. */
  readonly offered: readonly string[];
  /** Zones of the region that are open to the account and to EKS. */
  readonly available: readonly string[];
}

/** Whether the type is to be had in the zone; that there is any left right now, nobody tells before it is bought. */
export function offeringCheck(demand: OfferingDemand, options: AwsClientOptions): Check<OfferingEvidence> {
  return {
    id: `aws.offering.${demand.group}`,
    subject: `${demand.type} offered in ${demand.zone ?? (demand.zones.join(", ") || demand.region)}`,
    async gather(abortSignal) {
      const client = new EC2Client(options);
      const Filters = [{ Name: "instance-type", Values: [demand.type] }];
      const [offerings, zones] = await Promise.all([
        allPages(
          (NextToken) =>
            client.send(
              new DescribeInstanceTypeOfferingsCommand({ LocationType: "availability-zone", Filters, NextToken }),
              { abortSignal },
            ),
          (page) => page.InstanceTypeOfferings,
          (page) => page.NextToken,
        ),
        client.send(new DescribeAvailabilityZonesCommand({}), { abortSignal }),
      ]);
      const available = (zones.AvailabilityZones ?? [])
        .filter(
          (zone) => zone.State === "available" && (zone.OptInStatus ?? "opt-in-not-required") === "opt-in-not-required",
        )
        .filter((zone) => (zone.ZoneType ?? "availability-zone") === "availability-zone")
        .filter((zone) => !ZONES_WITHOUT_EKS.includes(zone.ZoneId ?? ""))
        .map((zone) => zone.ZoneName ?? "");
      return { offered: offerings.map((offering) => offering.Location ?? "").sort(), available: available.sort() };
    },
    judge: (evidence) => judgeOffering(demand, evidence),
  };
}

export function judgeOffering(demand: OfferingDemand, { offered, available }: OfferingEvidence): Verdict {
  const { type, region, group } = demand;
  const somewhere = offered.filter((zone) => available.includes(zone));
  const list = (zones: readonly string[]): string => zones.join(", ");
  if (somewhere.length === 0) {
    return {
      status: "failed",
      detail: `no zone of ${region} offers it`,
      remedy: `Choose another region (aws.region) or type (aws.${group}Nodes.instanceType): aws ec2 describe-instance-type-offerings --filters Name=instance-type,Values=${type} --region REGION`,
    };
  }
  const named = [demand.zone, demand.discovery.required, ...demand.zones].filter((zone) => zone !== undefined);
  const unknownZones = named.filter((zone) => !available.includes(zone));
  if (unknownZones.length > 0) {
    return {
      status: "failed",
      detail: `not open to this account and to EKS in ${region}: ${list([...new Set(unknownZones)])}`,
      remedy: `Write zones that are: ${list(available)} (aws.network.zones, aws.gpuNodes.zone).`,
    };
  }
  const { count, required } = demand.discovery;
  if (demand.zones.length === 0 && available.length < count) {
    return {
      status: "failed",
      detail: `${region} has ${available.length} zones for this account and EKS: ${list(available)}`,
      remedy: `Write at most that many as aws.network.zoneCount, two at least.`,
    };
  }
  const networkZones = demand.zones.length > 0 ? demand.zones : chooseZones(available, count, required);
  const wanted = demand.zone !== undefined ? [demand.zone] : networkZones;
  const missing = wanted.filter((zone) => !somewhere.includes(zone));
  if (missing.length === wanted.length) {
    return {
      status: "failed",
      detail: `not offered in ${list(wanted)}`,
      remedy: `Write one of the zones that offer it, ${list(somewhere)}, into aws.network.zones${demand.zone === undefined ? "" : " and aws.gpuNodes.zone"}.`,
    };
  }
  if (missing.length > 0) {
    return {
      status: "warning",
      detail: `offered in ${list(wanted.filter((zone) => !missing.includes(zone)))}, not in ${list(missing)}`,
      remedy:
        group === "gpu"
          ? `Nodes can start in the former only; name the zone in aws.gpuNodes.zone (one of ${list(somewhere)}), and take it into aws.network.zones.`
          : `Nodes can start in the former only; leave the latter out of aws.network.zones if that matters.`,
    };
  }
  return { status: "passed", detail: `offered in ${list(wanted)}` };
}
