import type { GpuInstanceFacts } from "./resources/capacity";

/*
 * Facts about the instance types that this program offers.
 *
 * The sources are generated from AWS's own APIs in github.com/aws/karpenter-provider-aws: vCPUs, memory, GPUs, EFA
 * interfaces and pods from website/content/en/docs/reference/instance-types.md (2026-07-11), network cards from
 * zz_generated.vpclimits.go (2026-08-06), prices from zz_generated.pricing_aws.go (2026-07-20).
 */

/** Facts about a GPU instance type. */
export interface InstanceType extends GpuInstanceFacts {
  readonly vcpus: number;
  readonly memoryGiB: number;
  readonly gpus: number;
  readonly gpuModel: string;
  /** Memory of one GPU, in GiB. */
  readonly gpuMemoryGiB: number;
  /** On-demand price of Linux in `PRICE_REGION`, in USD per hour. */
  readonly hourlyUsd: number;
}

/** Facts about an instance type for system nodes. */
interface SystemInstanceType extends Pick<InstanceType, "vcpus" | "memoryGiB" | "maxPods" | "hourlyUsd"> {
  /** Largest number of network interfaces. It limits pods, and on M5 and M6i it shares one limit with volumes. */
  readonly interfaces: number;
}

/** Region of the prices in the tables. Other regions have other prices. */
export const PRICE_REGION = "us-east-1";

/** Day on which the prices were read. */
export const PRICE_DATE = "2026-07-20";

/** Columns: vCPUs, GiB of memory, GPUs, model, GiB of each GPU, network cards, EFA interfaces, pods, USD per hour. */
type Row = readonly [number, number, number, string, number, number, number, number, number];

const GPU_ROWS = {
  "p4d.24xlarge": [96, 1152, 8, "A100-SXM4-40GB", 40, 4, 4, 737, 21.957642],
  "p4de.24xlarge": [96, 1152, 8, "A100-SXM4-80GB", 80, 4, 4, 737, 27.44705],
  "p5.4xlarge": [16, 256, 1, "H100-80GB", 80, 1, 1, 118, 6.88],
  "p5.48xlarge": [192, 2048, 8, "H100-80GB", 80, 32, 32, 100, 55.04],
  "p5en.48xlarge": [192, 2048, 8, "H200-141GB", 141, 16, 16, 198, 63.296],
  "p6-b200.48xlarge": [192, 2048, 8, "B200", 179, 8, 8, 198, 113.9328],
  "g6.xlarge": [4, 16, 1, "L4", 22, 1, 0, 58, 0.8048],
  "g6.2xlarge": [8, 32, 1, "L4", 22, 1, 0, 58, 0.9776],
  "g6.4xlarge": [16, 64, 1, "L4", 22, 1, 0, 234, 1.3232],
  "g6.8xlarge": [32, 128, 1, "L4", 22, 1, 1, 234, 2.0144],
  "g6.12xlarge": [48, 192, 4, "L4", 22, 1, 1, 234, 4.6016],
  "g6.16xlarge": [64, 256, 1, "L4", 22, 1, 1, 737, 3.3968],
  "g6.24xlarge": [96, 384, 4, "L4", 22, 1, 1, 737, 6.6752],
  "g6.48xlarge": [192, 768, 8, "L4", 22, 1, 1, 737, 13.3504],
  "g6e.xlarge": [4, 32, 1, "L40S", 44, 1, 0, 58, 1.861],
  "g6e.2xlarge": [8, 64, 1, "L40S", 44, 1, 0, 58, 2.24208],
  "g6e.4xlarge": [16, 128, 1, "L40S", 44, 1, 0, 234, 3.00424],
  "g6e.8xlarge": [32, 256, 1, "L40S", 44, 1, 1, 234, 4.52856],
  "g6e.12xlarge": [48, 384, 4, "L40S", 44, 1, 1, 292, 10.49264],
  "g6e.16xlarge": [64, 512, 1, "L40S", 44, 1, 1, 737, 7.57719],
  "g6e.24xlarge": [96, 768, 4, "L40S", 44, 2, 2, 492, 15.06559],
  "g6e.48xlarge": [192, 1536, 8, "L40S", 44, 4, 4, 492, 30.13118],
} as const satisfies Record<string, Row>;

/** Name of a GPU instance type of the table. */
export type InstanceTypeName = keyof typeof GPU_ROWS;

/** Every GPU instance type of the table. */
export const INSTANCE_TYPE_NAMES = Object.keys(GPU_ROWS) as [InstanceTypeName, ...InstanceTypeName[]];

/** Facts about each GPU instance type. */
export const INSTANCE_TYPES: Readonly<Record<InstanceTypeName, InstanceType>> = table(GPU_ROWS, (row: Row) => {
  const [vcpus, memoryGiB, gpus, gpuModel, gpuMemoryGiB, networkCards, efaInterfaces, maxPods, hourlyUsd] = row;
  // Every type in the table has local NVMe disks.
  const instanceStore = true;
  return {
    ...{ vcpus, memoryGiB, gpus, gpuModel, gpuMemoryGiB },
    ...{ networkCards, efaInterfaces, instanceStore, maxPods, hourlyUsd },
  };
});

/** Columns: vCPUs, GiB of memory, network interfaces, pods, USD per hour. */
type SystemRow = readonly [number, number, number, number, number];

const SYSTEM_ROWS = {
  "m5.xlarge": [4, 16, 4, 58, 0.192],
  "m5.2xlarge": [8, 32, 4, 58, 0.384],
  "m5.4xlarge": [16, 64, 8, 234, 0.768],
  "m6i.xlarge": [4, 16, 4, 58, 0.192],
  "m6i.2xlarge": [8, 32, 4, 58, 0.384],
  "m6i.4xlarge": [16, 64, 8, 234, 0.768],
  "m7i.xlarge": [4, 16, 4, 58, 0.2016],
  "m7i.2xlarge": [8, 32, 4, 58, 0.4032],
  "m7i.4xlarge": [16, 64, 8, 234, 0.8064],
} as const satisfies Record<string, SystemRow>;

/** Name of an instance type for system nodes. */
type SystemInstanceTypeName = keyof typeof SYSTEM_ROWS;

/** Every instance type for system nodes. */
export const SYSTEM_INSTANCE_TYPE_NAMES = Object.keys(SYSTEM_ROWS) as [
  SystemInstanceTypeName,
  ...SystemInstanceTypeName[],
];

/** Facts about each instance type for system nodes. */
export const SYSTEM_INSTANCE_TYPES: Readonly<Record<SystemInstanceTypeName, SystemInstanceType>> = table(
  SYSTEM_ROWS,
  ([vcpus, memoryGiB, interfaces, maxPods, hourlyUsd]: SystemRow) => ({
    vcpus,
    memoryGiB,
    interfaces,
    maxPods,
    hourlyUsd,
  }),
);

/**
 * Whether AWS sells capacity blocks for ML of an instance type. It does for the P families but not for the G families.
 * DescribeCapacityBlockOfferings has the exact answer for a region and day.
 */
export function soldInCapacityBlocks(name: InstanceTypeName): boolean {
  return name.startsWith("p");
}

function table<Name extends string, R, Facts>(rows: Record<Name, R>, facts: (row: R) => Facts): Record<Name, Facts> {
  return Object.fromEntries((Object.entries(rows) as [Name, R][]).map(([name, row]) => [name, facts(row)])) as Record<
    Name,
    Facts
  >;
}
