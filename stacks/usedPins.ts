import type { Capability, Pins } from "../components/capability";
import type { ImagePin } from "../components/charts/images";
import { CAPABILITIES } from "./capabilities";
import type { EnvironmentConfig } from "./config";
import { PLATFORMS } from "./platforms";
import type { PlatformDefinition } from "./platforms/definition";
import { type ImageName, LANE_PARTS, type VersionSet } from "./versions";

/**
 * The charts, CRDs and images that an environment uses. A mirror needs only these.
 *
 * It uses nothing of other platforms, and everything of each capability except its `unused` pins.
 */
export function usedPins(
  config: EnvironmentConfig,
  platforms: readonly PlatformDefinition[] = PLATFORMS,
): Pick<VersionSet, "charts" | "crds"> & {
  readonly images: Readonly<Partial<Record<ImageName, ImagePin>>>;
} {
  const capabilities: readonly Capability[] = CAPABILITIES;
  const foreign = platforms
    .filter(({ name }) => name !== config.platform)
    .flatMap((platform) => {
      const pins: Pins = platform.pins?.(LANE_PARTS[config.lane]) ?? {};
      return Object.values(pins).flatMap((kind) => Object.keys(kind));
    });
  const unused = new Set([...capabilities.flatMap((capability) => capability.unused?.(config) ?? []), ...foreign]);
  const used = <T extends object>(pins: T): T =>
    Object.fromEntries(Object.entries(pins).filter(([name]) => !unused.has(name))) as T;
  const { charts, crds, images } = config.versions;
  return { charts: used(charts), crds: used(crds), images: used(images) };
}
