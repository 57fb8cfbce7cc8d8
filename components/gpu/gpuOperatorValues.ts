import { stringify } from "yaml";
import { GPU_RESOURCE } from "../naming";
import { type ChartValues, mergeValues } from "../charts/values";
import type { GpuConfig } from "./settings";

/** How GPUs are divided and shared, and what the operator installs on their nodes. */
export type GpuOperatorSettings = Pick<GpuConfig, "driver" | "toolkit" | "mig" | "timeSlicing" | "values">;

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
export function sharingConfig({
  replicas,
  failRequestsGreaterThanOne,
}: NonNullable<GpuConfig["timeSlicing"]>): SharingConfig {
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
