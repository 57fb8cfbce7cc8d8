import * as z from "zod";
import { EXACT_VERSION, field, choice, oneOf, text } from "../settings/fields";
import type { ChartPin } from "../components/charts/chartSource";
import type { ImagePin } from "../components/charts/images";
import { problem, type Problem, show } from "../settings/problems";
import { defined, type Partially } from "../settings/values";
import {
  CHART_NAMES,
  type ChartName,
  IMAGE_NAMES,
  type ImageName,
  type Lane,
  LANE_PARTS,
  type VersionSet,
  versionSet,
} from "./versions";

/** The same optional object for each of a fixed set of names. */
function byName<K extends string, T extends z.ZodType>(names: readonly K[], schema: T): z.ZodObject<Record<K, T>> {
  return z.strictObject(Object.fromEntries(names.map((name) => [name, schema])) as Record<K, T>);
}

const chartOverride = field(
  z.strictObject({
    chart: text(
      /^(oci:\/\/\S+|\.{0,2}\/?[^\s:]+)$/,
      "The chart itself: a folder, a .tgz file, an oci:// reference, or another name in the repository.",
      "a folder, a .tgz file, an oci:// reference or a chart's name",
    ).optional(),
    repository: text(
      /^(https?|oci):\/\/\S+$/,
      "Another repository of the chart.",
      "an https:// chart repository or an oci:// prefix",
    ).optional(),
    version: text(EXACT_VERSION, "Another version of the chart.", "an exact version such as 1.27.9").optional(),
  }),
  { description: "Another source of this chart.", expected: "an object with chart, repository or version" },
);

/** The sources of Helm charts and CRDs. */
export const chartsSchema = field(
  z.strictObject({
    mirror: text(
      /^(oci:\/\/[^\s/]+(\/[^\s/]+)*\/?|(?![A-Za-z][A-Za-z0-9+.-]+:\/\/).+)$/,
      "Source of all charts and CRDs on sites without internet: an oci:// prefix, or a folder with NAME-VERSION.tgz or NAME/ for each.",
      "an oci:// prefix or the path of a folder",
    ).optional(),
    overrides: field(byName<ChartName, z.ZodPrefault<typeof chartOverride>>(CHART_NAMES, chartOverride.prefault({})), {
      description: "Another source for single charts.",
      expected: `an object keyed by ${oneOf(CHART_NAMES)}`,
    }).prefault({}),
  }),
  { description: "Sources of Helm charts and CRDs.", expected: "an object with mirror or overrides" },
);

const imageOverride = field(
  z.strictObject({
    hub: text(
      /^[a-z0-9][A-Za-z0-9._:/-]*$/,
      "Registry and path.",
      "a registry and path such as registry.example.com/istio",
    ).optional(),
    name: text(/^[a-z0-9][a-z0-9._/-]*$/, "Name of the image.", "an image's name").optional(),
    tag: text(
      /^(?!latest$)[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/,
      "Tag of the image.",
      'an exact tag, not "latest"',
    ).optional(),
    digest: text(
      /^sha256:[0-9a-f]{64}$/,
      "Digest that pins the image.",
      "sha256: followed by 64 hexadecimal digits",
    ).optional(),
  }),
  { description: "Another image.", expected: "an object with hub, name, tag or digest" },
);

/** Versions that differ from those of the lane. */
export const versionsSchema = field(
  z.strictObject({
    istio: text(
      /^1\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/,
      "Version of Istio.",
      "an exact version without v such as 1.27.9",
    ).optional(),
    gatewayApi: text(
      /^v\d+\.\d+\.\d+$/,
      "Version of the Gateway API's CRDs.",
      "an exact version with v such as v1.3.0",
    ).optional(),
    inferenceExtension: text(
      /^v\d+\.\d+\.\d+$/,
      "Version of the Inference Extension: its CRDs and the endpoint picker's chart and image.",
      "an exact version with v such as v1.3.1",
    ).optional(),
    inferencePoolApi: choice(
      ["inference.networking.x-k8s.io/v1alpha2", "inference.networking.k8s.io/v1"],
      "API of the InferencePool objects. Istio must watch it.",
    ).optional(),
    images: field(byName<ImageName, z.ZodPrefault<typeof imageOverride>>(IMAGE_NAMES, imageOverride.prefault({})), {
      description: "Other images, or digests for them.",
      expected: `an object keyed by ${oneOf(IMAGE_NAMES)}`,
    }).prefault({}),
  }),
  {
    description: "Versions that differ from the lane's. Versions that do not fit together are refused.",
    expected: "an object of versions",
  },
);

/** The charts section as the schema gives it. */
export type ChartsConfig = z.output<typeof chartsSchema>;

/** Checks that no repository is written for a chart with its own location. */
export function chartsRules({ charts }: Partially<{ charts: ChartsConfig }>): Problem[] {
  return Object.entries(charts?.overrides ?? {}).flatMap(([name, override]): Problem[] => {
    const { chart, repository } = override ?? {};
    if (chart === undefined || repository === undefined || !(chart.includes("/") || chart.endsWith(".tgz"))) {
      return [];
    }
    return [
      problem(
        ["charts", "overrides", name, "repository"],
        `${show(repository)} has no effect with the chart ${show(chart)}, which has its own location; remove one of them`,
      ),
    ];
  });
}

/** The settings that differ from the lane. */
export interface VersionOverrides {
  readonly lane: Lane;
  readonly versions: z.output<typeof versionsSchema>;
  readonly charts: Pick<ChartsConfig, "overrides">;
}

/**
 * The versions of the lane with the overrides of the stack. The versions of Istio and of the Inference Extension set
 * those of several charts, CRDs and images. Overrides of single charts and images come last.
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
