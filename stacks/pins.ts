import type { EnvironmentConfig } from "./config";
import { type ImageName, type ImagePin, type OptionalPart, PART_OF, type VersionSet } from "./versions";

/** The settings that decide which optional parts an environment has. */
type PartSettings = Pick<EnvironmentConfig, "platform" | "gpu" | "monitoring" | "models" | "autoscaling">;

/** The settings that decide whether there is a Grafana. */
interface GrafanaSettings {
  readonly mode: string;
  readonly grafana?: { readonly exposure?: string | undefined } | undefined;
}

/** Whether an environment has a Grafana of its own: in mode stack, and beside OpenShift's monitoring where it has a Route. */
export function hasGrafana({ mode, grafana }: GrafanaSettings): boolean {
  return mode === "stack" || (mode === "openshift" && grafana?.exposure === "route");
}

/** The optional parts that an environment has. */
export function partsOf({ platform, gpu, monitoring, models, autoscaling }: PartSettings): ReadonlySet<OptionalPart> {
  const parts: Readonly<Record<OptionalPart, boolean>> = {
    eks: platform === "eks",
    gpuOperator: gpu.operator === "helm",
    grafana: hasGrafana(monitoring),
    monitoringStack: monitoring.mode === "stack",
    keda: autoscaling.operator === "keda" && models.some((model) => model.autoscaling !== undefined),
  };
  return new Set((Object.keys(parts) as OptionalPart[]).filter((part) => parts[part]));
}

/** The charts and CRDs that an environment installs; no mirror for it has to hold others. */
export function pinsOf(
  config: PartSettings & Pick<EnvironmentConfig, "versions">,
): Pick<VersionSet, "charts" | "crds"> {
  const parts = partsOf(config);
  const partOf: Readonly<Partial<Record<string, OptionalPart>>> = PART_OF;
  const installed = <T extends object>(pins: T): T =>
    Object.fromEntries(
      Object.entries(pins).filter(([name]) => {
        const part = partOf[name];
        return part === undefined || parts.has(part);
      }),
    ) as T;
  return { charts: installed(config.versions.charts), crds: installed(config.versions.crds) };
}

/**
 * The images that an environment names: that of the validation where it runs inside of the cluster, and that of the GPUs'
 * smoke test where there is one without an image of its own.
 */
export function imagesOf({
  gpu,
  validation,
  versions,
}: Pick<EnvironmentConfig, "gpu" | "validation" | "versions">): Readonly<Partial<Record<ImageName, ImagePin>>> {
  const { node, cuda, ...images } = versions.images;
  const { enabled, image } = gpu.smokeTest;
  return {
    ...images,
    ...(validation.onUp || validation.tekton ? { node } : {}),
    ...(enabled && image === undefined ? { cuda } : {}),
  };
}
