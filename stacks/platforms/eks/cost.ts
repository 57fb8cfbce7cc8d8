import { INTERFACE_ENDPOINTS } from "./resources/networkPlan";
import type { AwsConfig } from "./awsConfig";
import { EKS_VERSIONS } from "./eksVersions";
import { INSTANCE_TYPES, PRICE_DATE, PRICE_REGION, SYSTEM_INSTANCE_TYPES } from "./instanceTypes";
import { shareOfTime } from "./schedule";

/** Hours that AWS counts for a month. */
export const HOURS_PER_MONTH = 730;

/**
 * Prices of what is not an instance, in USD and in `PRICE_REGION`, as others quote AWS's pages of 2026: aws.amazon.com/eks/pricing,
 * /vpc/pricing, /privatelink/pricing, /ebs/pricing and /elasticloadbalancing/pricing. They were not read there, and the line
 * says so.
 */
const PRICES = {
  clusterHour: 0.1,
  /** After standard support has ended. */
  extendedClusterHour: 0.6,
  natHour: 0.045,
  /** Each NAT gateway has one. */
  publicAddressHour: 0.005,
  /** One endpoint in one zone. */
  interfaceEndpointHour: 0.01,
  loadBalancerHour: 0.0225,
  /** gp3, one GiB. */
  diskMonth: 0.08,
} as const;

/** One part of what an environment costs. */
export interface CostItem {
  readonly name: string;
  /** USD per hour while it runs. */
  readonly hourlyUsd: number;
  /** USD per month at the schedule. */
  readonly monthlyUsd: number;
}

/** What an environment costs at list prices, without traffic, logs, taxes and discounts. */
export interface Cost {
  /** USD per hour while everything runs. */
  readonly hourlyUsd: number;
  /** USD per month of 730 hours at the schedule. */
  readonly monthlyUsd: number;
  readonly items: readonly CostItem[];
  /** Hours of the month that GPU nodes run. */
  readonly gpuHoursPerMonth: number;
  /** Region of the prices, and day of those of instances. */
  readonly region: string;
  readonly date: string;
}

/** What the cost follows from. */
export type CostInput = Pick<AwsConfig, "network" | "cluster" | "systemNodes" | "gpuNodes">;

/**
 * List prices of an environment. Reads nothing but its arguments; prices are those of `PRICE_REGION`.
 *
 * @param monitoringGiB Size of the volumes that monitoring keeps its data on, in GiB.
 */
export function cost(config: CostInput, monitoringGiB: number): Cost {
  const { network, cluster, systemNodes, gpuNodes } = config;
  const zones = network.zones.length > 0 ? network.zones.length : network.zoneCount;
  const nats = network.nat === "single" ? 1 : zones;
  const { hours, billed } = gpuTime(gpuNodes);
  const gpuHourly = gpuNodes.desiredSize * gpuPrice(gpuNodes);
  const always = (name: string, hourlyUsd: number): CostItem => ({
    name,
    hourlyUsd,
    monthlyUsd: hourlyUsd * HOURS_PER_MONTH,
  });
  const items: CostItem[] = [
    {
      name: `GPU nodes: ${gpuNodes.desiredSize} x ${gpuNodes.instanceType}${CAPACITY_NOTES[gpuNodes.capacity.type]}`,
      hourlyUsd: gpuHourly,
      monthlyUsd: gpuHourly * billed,
    },
    always(
      `system nodes: ${systemNodes.desiredSize} x ${systemNodes.instanceType}`,
      systemNodes.desiredSize * SYSTEM_INSTANCE_TYPES[systemNodes.instanceType].hourlyUsd,
    ),
    disks(systemNodes.desiredSize * systemNodes.diskGiB, gpuNodes.desiredSize * gpuNodes.diskGiB, hours),
    always(`EKS ${cluster.version}${extended(cluster.version) ? " (extended support)" : ""}`, clusterPrice(cluster)),
    always(`NAT: ${nats}`, nats * (PRICES.natHour + PRICES.publicAddressHour)),
    always("load balancer", PRICES.loadBalancerHour),
  ];
  if (monitoringGiB > 0) {
    const monthly = monitoringGiB * PRICES.diskMonth;
    items.push(always(`volumes of monitoring: ${monitoringGiB} GiB`, monthly / HOURS_PER_MONTH));
  }
  if (network.interfaceEndpoints) {
    const count = INTERFACE_ENDPOINTS.length * zones;
    items.push(always(`interface endpoints: ${count}`, count * PRICES.interfaceEndpointHour));
  }
  const total = (amount: (item: CostItem) => number) => items.reduce((sum, item) => sum + amount(item), 0);
  return {
    hourlyUsd: total((item) => item.hourlyUsd),
    monthlyUsd: total((item) => item.monthlyUsd),
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

/** A capacity block is paid for in advance, so that its nodes cost nothing more. */
function gpuPrice({ capacity, instanceType }: AwsConfig["gpuNodes"]): number {
  return capacity.type === "capacityBlock" ? 0 : INSTANCE_TYPES[instanceType].hourlyUsd;
}

/** Hours of a month that GPU nodes run, and those that are billed: a reservation costs the same when nothing runs in it. */
function gpuTime({ capacity, schedule }: AwsConfig["gpuNodes"]): { hours: number; billed: number } {
  const hours = (schedule === undefined ? 1 : (shareOfTime(schedule) ?? 1)) * HOURS_PER_MONTH;
  return { hours, billed: capacity.type === "reservation" ? HOURS_PER_MONTH : hours };
}

function disks(systemGiB: number, gpuGiB: number, gpuHours: number): CostItem {
  return {
    name: `root volumes: ${systemGiB + gpuGiB} GiB`,
    hourlyUsd: ((systemGiB + gpuGiB) * PRICES.diskMonth) / HOURS_PER_MONTH,
    monthlyUsd: (systemGiB + (gpuGiB * gpuHours) / HOURS_PER_MONTH) * PRICES.diskMonth,
  };
}

/** Whether standard support of a Kubernetes version has ended. */
function extended(version: AwsConfig["cluster"]["version"]): boolean {
  return EKS_VERSIONS[version].standardSupportEnds < SUPPORT_DATE;
}

/** Day for which extended support is decided. A fixed one: the same configuration always gives the same line. */
const SUPPORT_DATE = "2026-11-22";

function clusterPrice({ version }: AwsConfig["cluster"]): number {
  return extended(version) ? PRICES.extendedClusterHour : PRICES.clusterHour;
}

function dollars(amount: number, digits: number): string {
  return amount.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
