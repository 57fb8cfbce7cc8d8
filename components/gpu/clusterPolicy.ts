import { type ChartValues, mergeValues } from "../charts/values";
import { GPU_TOLERATION, type GpuOperatorSettings, type SharingConfig } from "./gpuOperatorValues";

/** Name of the ClusterPolicy on OpenShift, which its console expects. */
export const CLUSTER_POLICY = "gpu-cluster-policy";

/** Settings of the operator on OpenShift. */
export interface OpenshiftPolicySettings extends GpuOperatorSettings {
  /** Whether the driver is built in OpenShift's Driver Toolkit, which has the kernel's packages. */
  readonly driverToolkit: boolean;
}

/** The spec of a ClusterPolicy on OpenShift. `sharing` is the device plugin's configuration for shared GPUs. */
export function clusterPolicySpec(settings: OpenshiftPolicySettings, sharing?: SharingConfig): ChartValues {
  const { driver, toolkit, mig } = settings;
  const divided = mig.strategy !== "none";
  return mergeValues(
    {
      operator: { defaultRuntime: "crio", runtimeClass: "nvidia", use_ocp_driver_toolkit: settings.driverToolkit },
      daemonsets: { tolerations: [GPU_TOLERATION], updateStrategy: "RollingUpdate" },
      driver: {
        enabled: driver,
        rdma: { enabled: false },
        // No open kernel modules. The operator before v25.3 reads the first key, later versions the second.
        useOpenKernelModules: false,
        kernelModuleType: "proprietary",
      },
      toolkit: { enabled: toolkit },
      devicePlugin: {
        enabled: true,
        ...(sharing === undefined ? {} : { config: { name: sharing.name, default: sharing.default } }),
      },
      dcgm: { enabled: true },
      dcgmExporter: { enabled: true },
      gfd: { enabled: true },
      nodeStatusExporter: { enabled: true },
      mig: { strategy: mig.strategy },
      ...(divided
        ? { migManager: { enabled: true, config: { default: mig.layout ?? "all-disabled" } } }
        : { migManager: { enabled: false } }),
    },
    settings.values,
  );
}
