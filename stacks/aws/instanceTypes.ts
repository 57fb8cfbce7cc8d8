/** Facts about a GPU instance type. */
export interface InstanceType {
  readonly vcpus: number;
  readonly memoryGiB: number;
  readonly gpus: number;
  readonly gpuModel: string;
  /** Memory of one GPU, in GiB. */
  readonly gpuMemoryGiB: number;
  readonly networkCards: number;
  /** Elastic Fabric Adapters that fit, one for each network card; 0 without EFA. */
  readonly efaInterfaces: number;
  readonly instanceStore: boolean;
  readonly maxPods: number;
  /** On-demand price of Linux in us-east-1, in USD per hour. */
  readonly hourlyUsd: number;
}

export const INSTANCE_TYPE_NAMES = ["p4d.24xlarge"] as const;
export type InstanceTypeName = (typeof INSTANCE_TYPE_NAMES)[number];

export const INSTANCE_TYPES: Readonly<Record<InstanceTypeName, InstanceType>> = {
  "p4d.24xlarge": {
    vcpus: 96,
    memoryGiB: 1152,
    gpus: 8,
    gpuModel: "A100-SXM4-40GB",
    gpuMemoryGiB: 40,
    networkCards: 4,
    efaInterfaces: 4,
    instanceStore: true,
    maxPods: 737,
    hourlyUsd: 21.957642,
  },
};
