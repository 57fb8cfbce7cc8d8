import type { AwsConfig } from "./awsConfig";
import { EKS_VERSIONS } from "./eksVersions";
import { INSTANCE_TYPES, PRICE_DATE, PRICE_REGION, SYSTEM_INSTANCE_TYPES } from "./instanceTypes";
import { INTERFACE_ENDPOINTS } from "./resources/networkPlan";
import { shareOfTime } from "./schedule";

/** Hours of a month in AWS price lists. */
export const HOURS_PER_MONTH = 730;

/** Day for which extended support is decided. It is fixed, so a configuration always gives the same line. */
const SUPPORT_DATE = "2026-11-22";

/**
 * Prices of everything except instances, in USD and in `PRICE_REGION`. They are quoted from secondary sources for the AWS
 * pages of 2026: aws.amazon.com/eks/pricing, /vpc/pricing, /privatelink/pricing, /ebs/pricing and
 * /elasticloadbalancing/pricing. So the cost line calls them unverified.
 */
const PRICES = {
  clusterHour: 0.1,
  /** After the end of standard support. */
  extendedClusterHour: 0.6,
  natHour: 0.045,
  /** One for each NAT gateway. */
  publicAddressHour: 0.005,
  /** For each endpoint in each zone. */
  interfaceEndpointHour: 0.01,
  loadBalancerHour: 0.0225,
  /** gp3, one GiB. */
  diskMonth: 0.08,
} as const;

/** One part of the cost of an environment. */
interface CostItem {
  readonly name: string;
  /** USD per hour while it runs. */
  readonly hourlyUsd: number;
  /** USD per month at the schedule. */
  readonly monthlyUsd: number;
}

/** Cost of an environment at list prices, without traffic, logs, taxes and discounts. */
interface Cost {
  /** USD per hour while everything runs. */
  readonly hourlyUsd: number;
  /** USD per month of 730 hours at the schedule. */
  readonly monthlyUsd: number;
  readonly items: readonly CostItem[];
  /** Hours per month that GPU nodes run. */
  readonly gpuHoursPerMonth: number;
  /** Region of the prices. */
  readonly region: string;
  /** Day on which the prices of instances were read. */
  readonly date: string;
}

/** The settings that decide the cost. */
type CostInput = Pick<AwsConfig, "network" | "cluster" | "systemNodes" | "gpuNodes">;

/**
 * Cost of an environment, by the prices of `PRICE_REGION`.
 *
 * @param monitoringGiB Total size of the volumes of monitoring, in GiB.
 */
export function cost({ network, cluster, systemNodes, gpuNodes }: CostInput, monitoringGiB: number): Cost {
  const zones = network.zones.length > 0 ? network.zones.length : network.zoneCount;
  const nats = network.nat === "single" ? 1 : zones;
  const endpoints = network.interfaceEndpoints ? INTERFACE_ENDPOINTS.length * zones : 0;
  const extended = EKS_VERSIONS[cluster.version].standardSupportEnds < SUPPORT_DATE;
  const { capacity, schedule, instanceType } = gpuNodes;
  const hours = (schedule === undefined ? 1 : (shareOfTime(schedule) ?? 1)) * HOURS_PER_MONTH;
  // An unused reservation costs the same, and a capacity block is paid in advance.
  const billed = capacity.type === "reservation" ? HOURS_PER_MONTH : hours;
  const gpuPrice = capacity.type === "capacityBlock" ? 0 : INSTANCE_TYPES[instanceType].hourlyUsd;
  const item = (name: string, hourlyUsd: number, hoursPerMonth = HOURS_PER_MONTH): CostItem => ({
    name,
    hourlyUsd,
    monthlyUsd: hourlyUsd * hoursPerMonth,
  });
  const items: CostItem[] = [
    item(
      `GPU nodes: ${gpuNodes.desiredSize} x ${instanceType}${CAPACITY_NOTES[capacity.type]}`,
      gpuNodes.desiredSize * gpuPrice,
      billed,
    ),
    item(
      `system nodes: ${systemNodes.desiredSize} x ${systemNodes.instanceType}`,
      systemNodes.desiredSize * SYSTEM_INSTANCE_TYPES[systemNodes.instanceType].hourlyUsd,
    ),
    disks(systemNodes.desiredSize * systemNodes.diskGiB, gpuNodes.desiredSize * gpuNodes.diskGiB, hours),
    item(
      `EKS ${cluster.version}${extended ? " (extended support)" : ""}`,
      extended ? PRICES.extendedClusterHour : PRICES.clusterHour,
    ),
    item(`NAT: ${nats}`, nats * (PRICES.natHour + PRICES.publicAddressHour)),
    item("load balancer", PRICES.loadBalancerHour),
  ];
  if (monitoringGiB > 0) {
    const hourly = (monitoringGiB * PRICES.diskMonth) / HOURS_PER_MONTH;
    items.push(item(`volumes of monitoring: ${monitoringGiB} GiB`, hourly));
  }
  if (endpoints > 0) items.push(item(`interface endpoints: ${endpoints}`, endpoints * PRICES.interfaceEndpointHour));
  const total = (key: "hourlyUsd" | "monthlyUsd") => items.reduce((sum, one) => sum + one[key], 0);
  return {
    hourlyUsd: total("hourlyUsd"),
    monthlyUsd: total("monthlyUsd"),
    items,
    gpuHoursPerMonth: hours,
    region: PRICE_REGION,
    date: PRICE_DATE,
  };
}

/** The cost in one line, for the outputs and the log of a preview. */
export function costLine(config: CostInput, monitoringGiB: number): string {
  const { hourlyUsd, monthlyUsd, gpuHoursPerMonth, region, date } = cost(config, monitoringGiB);
  const schedule =
    config.gpuNodes.schedule === undefined
      ? "running all the time"
      : `with GPU nodes running ${Math.round(gpuHoursPerMonth)} of ${HOURS_PER_MONTH} hours`;
  return (
    `about ${dollars(hourlyUsd, 2)} USD an hour, ${dollars(monthlyUsd, 0)} USD a month ${schedule} ` +
    `(list prices of ${region}: instances on ${date}, all else unverified; without traffic, logs, taxes and discounts)`
  );
}

const CAPACITY_NOTES: Readonly<Record<AwsConfig["gpuNodes"]["capacity"]["type"], string>> = {
  onDemand: "",
  reservation: " (reserved: paid for around the clock)",
  capacityBlock: " (capacity block: paid for when it was bought)",
};

function disks(systemGiB: number, gpuGiB: number, gpuHours: number): CostItem {
  return {
    name: `root volumes: ${systemGiB + gpuGiB} GiB`,
    hourlyUsd: ((systemGiB + gpuGiB) * PRICES.diskMonth) / HOURS_PER_MONTH,
    monthlyUsd: (systemGiB + (gpuGiB * gpuHours) / HOURS_PER_MONTH) * PRICES.diskMonth,
  };
}

function dollars(amount: number, digits: number): string {
  return amount.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
