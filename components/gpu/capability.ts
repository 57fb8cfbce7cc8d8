import type { Capability } from "../capability";
import type { PlatformFacts } from "../platform";
import { gpuPins } from "./pins";
import { type GpuConfig, gpuSchema, type ParsedGpu } from "./settings";
import { gpuRules } from "./settingsRules";

/** Fills in what follows from the platform. */
export function resolveGpu(parsed: ParsedGpu, { gpuOperator, driverInImage }: PlatformFacts): GpuConfig {
  const installs = (setting: ParsedGpu["driver"]): boolean => (setting === "auto" ? !driverInImage : setting === "on");
  return {
    ...parsed,
    operator: parsed.operator ?? gpuOperator,
    driver: installs(parsed.driver),
    toolkit: installs(parsed.toolkit),
  };
}

/** What makes the GPUs of nodes known to Kubernetes. */
export const gpu = {
  settings: { gpu: gpuSchema.prefault({}) },
  fill: ({ gpu }: { readonly gpu?: ParsedGpu }, platform: PlatformFacts) =>
    gpu === undefined ? {} : { gpu: resolveGpu(gpu, platform) },
  rules: gpuRules,
  pins: gpuPins,
  unused: ({ gpu }: { readonly gpu: GpuConfig }) => [
    ...(gpu.operator === "helm"
      ? []
      : ["gpu-operator", "gpu-operator-crds", "nvidia-driver-crds", "node-feature-discovery-crds"]),
    ...(gpu.smokeTest.enabled && gpu.smokeTest.image === undefined ? [] : ["cuda"]),
  ],
} satisfies Capability;
