import {
  CHART_NAMES,
  type ChartName,
  type ChartPin,
  IMAGE_NAMES,
  type ImageName,
  type ImagePin,
  LANE_PARTS,
  type VersionSet,
  versionSet,
} from "./versions";
import type { ParsedEnvironment } from "./environmentSchema";

/** What differs from a lane, as configured. */
export type VersionOverrides = Pick<ParsedEnvironment, "lane" | "versions"> & {
  charts: Pick<ParsedEnvironment["charts"], "overrides">;
};

/**
 * The lane's versions with the stack's own put over them. A part that others follow from (Istio's version, the
 * Inference Extension's) moves them along; single charts and images are replaced last.
 */
export function resolveVersions({ lane, versions, charts }: VersionOverrides): VersionSet {
  const { images, ...parts } = versions;
  const base = versionSet({ ...LANE_PARTS[lane], ...defined(parts) });
  return {
    ...base,
    charts: Object.fromEntries(
      CHART_NAMES.map((name) => {
        const { repository, version } = charts.overrides[name];
        return [name, { ...base.charts[name], ...defined({ repository, version }) }];
      }),
    ) as Record<ChartName, ChartPin>,
    images: Object.fromEntries(
      IMAGE_NAMES.map((name) => [name, { ...base.images[name], ...defined(images[name]) }]),
    ) as Record<ImageName, ImagePin>,
  };
}

/** Without the keys that are undefined, which would otherwise hide the lane's values when spread. */
function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
