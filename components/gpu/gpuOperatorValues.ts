import { stringify } from "yaml";
import { GPU_RESOURCE } from "../naming";
import { type ChartValues, mergeValues } from "../charts/values";

/** How GPUs are divided and shared, and what the operator installs on their nodes. */
export interface GpuOperatorSettings {
  /** Whether the operator installs the driver; false for nodes whose image has it. */
  readonly driver: boolean;
  /** Whether the operator installs the container toolkit; false for nodes whose image has it. */
  readonly toolkit: boolean;
  readonly mig: {
    /** How slices are advertised; `none` for GPUs that are not divided. */
    readonly strategy: "none" | "single" | "mixed";
    /**
     * Layout for nodes that have no layout of their own, such as `all-1g.5gb`.
     *
     * @default whole GPUs
     */
    readonly layout?: string;
  };
  /**
   * How pods share a GPU.
   *
   * @default each GPU belongs to one pod
   */
  readonly timeSlicing?: TimeSlicing;
  /** Merged last. */
  readonly values: Readonly<ChartValues>;
}

/** Time slicing: pods alternate on one GPU. */
export interface TimeSlicing {
  /** Shares of one GPU. */
  readonly replicas: number;
  /** Whether a pod that requests more than one share is refused. */
  readonly failRequestsGreaterThanOne: boolean;
}

/** Tolerates the taint that keeps other pods off GPU nodes. */
export const GPU_TOLERATION = { key: GPU_RESOURCE, operator: "Exists", effect: "NoSchedule" } as const;

/** The layout of nodes whose GPUs stay whole. */
const WHOLE_GPUS = "all-disabled";

/** Values of the gpu-operator chart, v26.3. */
export function gpuOperatorValues(settings: GpuOperatorSettings): ChartValues {
  const { driver, toolkit, mig, timeSlicing } = settings;
  const divided = mig.strategy !== "none";
  const sharing = timeSlicing === undefined ? undefined : sharingConfig(timeSlicing);
  return mergeValues(
    {
      // CRDs are resources of the stack, which creates, updates and deletes them.
      operator: { upgradeCRD: false, cleanupCRD: false },
      nfd: { enabled: true },
      daemonsets: { tolerations: [GPU_TOLERATION], updateStrategy: "RollingUpdate" },
      driver: { enabled: driver },
      toolkit: { enabled: toolkit },
      devicePlugin: {
        enabled: true,
        ...(sharing === undefined ? {} : { config: { create: true, ...sharing } }),
      },
      dcgmExporter: { enabled: true },
      gfd: { enabled: true },
      nodeStatusExporter: { enabled: true },
      mig: { strategy: mig.strategy },
      migManager: { enabled: divided, ...(divided ? { config: { default: mig.layout ?? WHOLE_GPUS } } : {}) },
    },
    settings.values,
  );
}

/** A ConfigMap of the device plugin: its name, the entry that is used, and all entries. */
export interface SharingConfig {
  readonly name: string;
  readonly default: string;
  readonly data: Readonly<Record<string, string>>;
}

/**
 * The device plugin's configuration for time slicing. The entry's name depends on its content: the operator restarts the plugin for
 * another name, but not for another content under the same name.
 */
export function sharingConfig({ replicas, failRequestsGreaterThanOne }: TimeSlicing): SharingConfig {
  const entry = `shared-by-${replicas}${failRequestsGreaterThanOne ? "" : "-any"}`;
  const configuration = {
    version: "v1",
    sharing: {
      timeSlicing: {
        // Shares keep the resource name that pods request. The node's label gpu.product ends in -SHARED instead.
        renameByDefault: false,
        failRequestsGreaterThanOne,
        resources: [{ name: GPU_RESOURCE, replicas }],
      },
    },
  };
  return { name: "gpu-sharing", default: entry, data: { [entry]: stringify(configuration) } };
}
