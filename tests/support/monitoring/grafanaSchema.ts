/**
 * The part of Grafana's dashboard schema (version 42) that the dashboards use. Its objects are strict: a misspelt key or a value
 * of another type is an error, which Grafana would silently ignore.
 */
import * as z from "zod";

const datasource = z.strictObject({ type: z.literal("prometheus"), uid: z.literal("${datasource}") });

const gridPos = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1),
});

const target = z.strictObject({
  expr: z.string().min(1),
  refId: z.string().regex(/^[A-Z]$/),
  datasource,
  legendFormat: z.string(),
  range: z.boolean(),
  instant: z.boolean(),
});

const step = z.strictObject({
  value: z.number().nullable(),
  color: z.enum(["green", "yellow", "orange", "red", "blue"]),
});

const fieldConfig = <Custom extends z.ZodType>(custom: Custom) =>
  z.strictObject({
    defaults: z.strictObject({
      // Ids of Grafana's units. Grafana would append an unknown id to each value.
      unit: z.enum([
        ...["s", "ms", "percentunit", "percent", "reqps", "ops", "short", "none", "joule", "watt", "celsius"],
        "MiBs",
      ] as const),
      min: z.number().optional(),
      max: z.number().optional(),
      decimals: z.int().optional(),
      thresholds: z.strictObject({
        mode: z.literal("absolute"),
        steps: z
          .array(step)
          .min(1)
          .refine(([first]) => first?.value === null, "the first step must have no value")
          .refine(
            (steps) =>
              steps.slice(2).every(({ value }, index) => (value ?? 0) > (steps[index + 1]?.value ?? -Infinity)),
            "the steps must rise",
          ),
      }),
      custom,
    }),
    overrides: z.array(z.never()).optional(),
  });

const common = {
  id: z.int().min(1),
  title: z.string().min(1),
  description: z.string().min(1),
  gridPos,
  datasource,
  targets: z
    .array(target)
    .min(1)
    .refine((all) => new Set(all.map(({ refId }) => refId)).size === all.length, "each refId must occur once"),
  transparent: z.boolean(),
  repeatDirection: z.enum(["h", "v"]),
};

const timeseries = z.strictObject({
  ...common,
  type: z.literal("timeseries"),
  fieldConfig: fieldConfig(
    z.strictObject({
      drawStyle: z.enum(["line", "bars", "points"]),
      lineWidth: z.int().min(0).max(10),
      fillOpacity: z.int().min(0).max(100),
      showPoints: z.enum(["auto", "never", "always"]),
      stacking: z.strictObject({ mode: z.enum(["none", "normal", "percent"]), group: z.string() }).optional(),
      thresholdsStyle: z.strictObject({ mode: z.enum(["off", "line", "dashed", "area"]) }).optional(),
    }),
  ),
  options: z.strictObject({
    legend: z.strictObject({
      displayMode: z.enum(["list", "table", "hidden"]),
      placement: z.enum(["bottom", "right"]),
      showLegend: z.boolean(),
      calcs: z.array(z.string()),
    }),
    tooltip: z.strictObject({ mode: z.enum(["single", "multi", "none"]), sort: z.enum(["asc", "desc", "none"]) }),
  }),
});

const stat = z.strictObject({
  ...common,
  type: z.literal("stat"),
  fieldConfig: fieldConfig(z.undefined().optional()),
  options: z.strictObject({
    graphMode: z.enum(["none", "line", "area"]),
    colorMode: z.enum(["value", "background", "background_solid", "none"]),
    justifyMode: z.enum(["auto", "center"]),
    textMode: z.enum(["auto", "value", "value_and_name", "name", "none"]),
    wideLayout: z.boolean(),
    showPercentChange: z.boolean(),
    reduceOptions: z.strictObject({ calcs: z.array(z.string()).length(1) }),
    percentChangeColorMode: z.string(),
    orientation: z.enum(["auto", "horizontal", "vertical"]),
  }),
});

const row = z.strictObject({
  type: z.literal("row"),
  id: z.int().min(1),
  title: z.string().min(1),
  collapsed: z.literal(false),
  gridPos,
  panels: z.array(z.never()),
});

const variable = {
  name: z.string().regex(/^\w+$/),
  label: z.string(),
  query: z.string().min(1),
  current: z.strictObject({ text: z.string(), value: z.string() }),
  skipUrlSync: z.boolean(),
  multi: z.boolean(),
  allowCustomValue: z.boolean(),
  includeAll: z.boolean(),
  auto: z.boolean().optional(),
  auto_min: z.string().optional(),
  auto_count: z.int().optional(),
  options: z.array(z.never()).optional(),
};

const variables = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("datasource"), ...variable }),
  z.strictObject({
    type: z.literal("query"),
    ...variable,
    datasource,
    refresh: z.int().min(0).max(2),
    sort: z.int().min(0).max(8),
    allValue: z.string(),
  }),
]);

/** A dashboard in Grafana's JSON. */
export const dashboardSchema = z.strictObject({
  uid: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/),
  title: z.string().min(1),
  description: z.string().min(1),
  tags: z.array(z.string()),
  timezone: z.literal("browser"),
  editable: z.literal(false),
  graphTooltip: z.int().min(0).max(2),
  fiscalYearStartMonth: z.int().min(0).max(11),
  schemaVersion: z.literal(42),
  refresh: z.string().regex(/^\d+[smh]$/),
  time: z.strictObject({ from: z.string(), to: z.string() }),
  templating: z.strictObject({ list: z.array(variables).min(1) }),
  annotations: z.strictObject({}),
  links: z.array(
    z.strictObject({
      title: z.string().min(1),
      type: z.literal("link"),
      icon: z.string(),
      tooltip: z.string(),
      asDropdown: z.boolean(),
      targetBlank: z.boolean(),
      includeVars: z.boolean(),
      keepTime: z.boolean(),
      url: z.string().regex(/^\/d\/[A-Za-z0-9_-]{1,40}$/),
      tags: z.array(z.string()),
    }),
  ),
  panels: z
    .array(z.discriminatedUnion("type", [timeseries, stat, row]))
    .min(1)
    .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, "each id must occur once"),
});

/** A runbook: a dashboard with one text panel. */
export const runbookSchema = z.strictObject({
  uid: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/),
  title: z.string().min(1),
  description: z.string().min(1),
  tags: z.array(z.string()),
  editable: z.literal(false),
  schemaVersion: z.literal(42),
  panels: z.tuple([
    z.strictObject({
      id: z.literal(1),
      type: z.literal("text"),
      title: z.string().min(1),
      gridPos,
      options: z.strictObject({ mode: z.literal("markdown"), content: z.string().min(200) }),
    }),
  ]),
});
