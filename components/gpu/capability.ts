import type { Capability } from "../capability";
import type { PlatformFacts } from "../platform";
import { GPU_OPERATOR_NAMESPACE } from "./gpuOperator";
import { OPENSHIFT_GPU_NAMESPACE } from "./openshiftGpuOperator";
import { gpuPins } from "./pins";
import { type GpuConfig, gpuSchema, type ParsedGpu } from "./settings";
import { gpuRules } from "./settingsRules";

/** Fills in the defaults of the platform. */
export function resolveGpu(parsed: ParsedGpu, { gpuOperator, driverInImage }: PlatformFacts): GpuConfig {
  const installs = (setting: ParsedGpu["driver"]): boolean => (setting === "auto" ? !driverInImage : setting === "on");
  return {
    ...parsed,
    operator: parsed.operator ?? gpuOperator,
    driver: installs(parsed.driver),
    toolkit: installs(parsed.toolkit),
  };
}

/** Advertises the GPUs of nodes to Kubernetes. */
export const gpu = {
  settings: { gpu: gpuSchema.prefault({}) },
  fill: ({ gpu }: { readonly gpu?: ParsedGpu }, platform: PlatformFacts) =>
    gpu === undefined ? {} : { gpu: resolveGpu(gpu, platform) },
  rules: gpuRules,
  pins: gpuPins,
  // The operator of Node Feature Discovery makes its own namespace, so the program does not make it.
  namespaces: ({ gpu }: { readonly gpu: GpuConfig }): Record<string, undefined> => {
    const made = { helm: GPU_OPERATOR_NAMESPACE, olm: OPENSHIFT_GPU_NAMESPACE, preinstalled: undefined }[gpu.operator];
    return made === undefined ? {} : { [made]: undefined };
  },
  unused: ({ gpu }: { readonly gpu: GpuConfig }) => [
    ...(gpu.operator === "helm"
      ? []
      : ["gpu-operator", "gpu-operator-crds", "nvidia-driver-crds", "node-feature-discovery-crds"]),
    ...(gpu.smokeTest.enabled && gpu.smokeTest.image === undefined ? [] : ["cuda"]),
  ],
} satisfies Capability;
