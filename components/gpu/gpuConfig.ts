import type { GpuOperatorKind, ParsedGpu } from "./settings";

/** The GPU part of an environment: what follows from the platform filled in. Described in docs/configuration.md. */
export interface GpuConfig extends Omit<ParsedGpu, "operator" | "driver" | "toolkit"> {
  readonly operator: GpuOperatorKind;
  /** Whether the operator installs the driver. */
  readonly driver: boolean;
  /** Whether the operator installs the container toolkit. */
  readonly toolkit: boolean;
}

/** Platforms that have GPU nodes. */
type Platform = "local" | "existing" | "eks" | "openshift";

const DEFAULT_OPERATOR: Readonly<Record<Platform, GpuOperatorKind>> = {
  eks: "helm",
  local: "helm",
  openshift: "olm",
  existing: "preinstalled",
};

/**
 * Platforms whose nodes have driver and toolkit in their image: AL2023_x86_64_NVIDIA on EKS, which the embedded
 * environment's nodes are played after.
 */
const DRIVER_IN_IMAGE: readonly Platform[] = ["eks", "local"];

/** Fills in what follows from the platform. */
export function resolveGpu(parsed: ParsedGpu, platform: Platform): GpuConfig {
  const installed = (setting: ParsedGpu["driver"]): boolean =>
    setting === "auto" ? !DRIVER_IN_IMAGE.includes(platform) : setting === "on";
  return {
    ...parsed,
    operator: parsed.operator ?? DEFAULT_OPERATOR[platform],
    driver: installed(parsed.driver),
    toolkit: installed(parsed.toolkit),
  };
}
