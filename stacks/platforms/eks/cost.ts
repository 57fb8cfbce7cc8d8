import type { AwsConfig } from "./awsConfig";
import { EKS_VERSIONS } from "./eksVersions";
import { INSTANCE_TYPES, PRICE_DATE, PRICE_REGION, SYSTEM_INSTANCE_TYPES } from "./instanceTypes";
import { INTERFACE_ENDPOINTS } from "./resources/networkPlan";
import { shareOfTime } from "./schedule";

/** Hours of a month in AWS's prices. */
export const HOURS_PER_MONTH = 730;

/**
 * Prices besides instances, in USD and in `PRICE_REGION`. Others quote them from AWS's pages of 2026: aws.amazon.com/eks/pricing,
 * /vpc/pricing, /privatelink/pricing, /ebs/pricing and /elasticloadbalancing/pricing. The pages themselves were not read, so
 * the line calls them unverified.
 */
const PRICES = {
  clusterHour: 0.1,
  /** After standard support has ended. */
  extendedClusterHour: 0.6,
  natHour: 0.045,
  /** One for each NAT gateway. */
  publicAddressHour: 0.005,
  /** One endpoint in one zone. */
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
  /** Hours of the month that GPU nodes run. */
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

/** A capacity block is paid in advance, so its nodes cost nothing more. */
function gpuPrice({ capacity, instanceType }: AwsConfig["gpuNodes"]): number {
  return capacity.type === "capacityBlock" ? 0 : INSTANCE_TYPES[instanceType].hourlyUsd;
}

/** Hours of a month that GPU nodes run, and hours that are billed: an unused reservation costs the same. */
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

/** Day on which extended support is decided. It is fixed, so that a configuration always gives the same line. */
const SUPPORT_DATE = "2026-11-22";

function clusterPrice({ version }: AwsConfig["cluster"]): number {
  return extended(version) ? PRICES.extendedClusterHour : PRICES.clusterHour;
}

function dollars(amount: number, digits: number): string {
  return amount.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
