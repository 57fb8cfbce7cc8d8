/** Draws one panel of a dashboard as SVG. */
import * as echarts from "echarts";
import type { PanelSpec } from "../../monitoring/dashboards/specs";
import { formatted } from "./units";

/** A line of a panel. */
export interface Line {
  readonly name: string;
  /** Time in milliseconds since 1970, and value. */
  readonly points: readonly (readonly [number, number])[];
}

/** Height of a panel's drawing, in pixels. */
const HEIGHT = { stat: 96, bargauge: 240, timeseries: 240 } as const;

const COLORS = [
  "#3274d9",
  "#e0752d",
  "#37872d",
  "#a352cc",
  "#c4162a",
  "#1f9ea8",
  "#b8860b",
  "#5a6b7b",
  "#d6539c",
  "#6d8b1d",
];
const THRESHOLD_COLORS = {
  green: "#37872d",
  yellow: "#c99700",
  orange: "#e0752d",
  red: "#c4162a",
  blue: "#3274d9",
} as const;
export const FONT = "Inter, 'Helvetica Neue', Arial, sans-serif";

/** Most lines in a legend. */
const LEGEND_LIMIT = 10;

/** With more lines than this, areas below the lines would hide each other. */
const FEW_LINES = 3;

/** Sizes of a legend's letters, rows and marks, in pixels. */
const LEGEND = { letter: 6.6, row: 21, mark: 12 + 5 + 12 } as const;

/** The time range of a panel, in milliseconds since 1970. Data may cover less. */
export type Span = readonly [from: number, to: number];

/** The colour of a value, from the panel's thresholds. */
function colorOf(spec: PanelSpec, value: number): string {
  const step = [...(spec.thresholds ?? [])].reverse().find(({ from }) => value >= from);
  return THRESHOLD_COLORS[step?.color ?? "green"];
}

function lastOf(line: Line): number {
  return line.points.findLast(([, value]) => Number.isFinite(value))?.[1] ?? NaN;
}

/** The panel as SVG; undefined when it has no data. */
export function drawPanel(spec: PanelSpec, lines: readonly Line[], width: number, span?: Span): string | undefined {
  const drawn = lines.filter((line) => Number.isFinite(lastOf(line)));
  if (drawn.length === 0) return undefined;
  switch (spec.kind) {
    case "timeseries":
      return svg(width, HEIGHT.timeseries, timeseries(spec, drawn, width, span));
    case "bargauge":
      return svg(width, HEIGHT.bargauge, bars(spec, drawn));
    case "stat":
      return svg(width, HEIGHT.stat, stat(spec, drawn, width));
  }
}

function svg(width: number, height: number, option: echarts.EChartsCoreOption): string {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({ animation: false, textStyle: { fontFamily: FONT }, ...option });
  const text = chart.renderToSVGString();
  chart.dispose();
  return text;
}

/** Number of rows of this width that the names need. */
function legendRows(names: readonly string[], width: number): number {
  let rows = 1;
  let used = 0;
  for (const name of names) {
    const wanted = name.length * LEGEND.letter + LEGEND.mark;
    if (used > 0 && used + wanted > width) {
      rows++;
      used = 0;
    }
    used += wanted;
  }
  return rows;
}

function timeseries(
  spec: PanelSpec,
  lines: readonly Line[],
  width: number,
  span: Span | undefined,
): echarts.EChartsCoreOption {
  const named = lines.slice(0, LEGEND_LIMIT);
  const legendHeight =
    LEGEND.row *
    legendRows(
      named.map(({ name }) => name),
      width - 16,
    );
  const thresholds = (spec.thresholds ?? []).filter(({ color }) => color !== "green");
  const highest = Math.max(...lines.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite));
  // Without a maximum, echarts would draw a line of zeros in the middle.
  const max = spec.max ?? (highest === 0 ? 1 : undefined);
  return {
    color: COLORS,
    grid: { left: 8, right: 28, top: 14, bottom: legendHeight + 10, containLabel: true },
    legend: {
      type: "plain",
      bottom: 2,
      left: 8,
      width: width - 16,
      height: legendHeight,
      icon: "roundRect",
      itemWidth: 12,
      itemHeight: 3,
      itemGap: 12,
      textStyle: { fontSize: 11, color: "#41505f" },
      data: named.map(({ name }) => name),
    },
    xAxis: {
      type: "time",
      ...(span === undefined ? {} : { min: span[0], max: span[1] }),
      splitNumber: Math.max(2, Math.round(width / 130)),
      axisLabel: { fontSize: 11, color: "#5a6b7b", hideOverlap: true, formatter: "{HH}:{mm}:{ss}" },
      axisLine: { lineStyle: { color: "#b4c0cc" } },
    },
    yAxis: {
      type: "value",
      ...(spec.min === undefined ? {} : { min: spec.min }),
      max,
      ...(max === undefined ? { splitNumber: 4 } : { interval: (max - (spec.min ?? 0)) / 4 }),
      axisLabel: { fontSize: 11, color: "#5a6b7b", formatter: (value: number) => formatted(value, spec.unit) },
      splitLine: { lineStyle: { color: "#e6ebf0" } },
    },
    series: lines.map((line, index) => ({
      type: "line",
      name: line.name,
      data: line.points.map(([time, value]) => [time, Number.isFinite(value) ? value : null]),
      showSymbol: line.points.length === 1,
      // In a stack, the line of a series at 0 would cover the line below it.
      lineStyle: { width: spec.stacked === true ? 0 : 1.6 },
      areaStyle: { opacity: spec.stacked === true ? 0.6 : lines.length > FEW_LINES ? 0 : 0.06 },
      ...(spec.stacked === true ? { stack: "all" } : {}),
      ...(index > 0 || thresholds.length === 0
        ? {}
        : {
            markLine: {
              silent: true,
              symbol: "none",
              label: { show: false },
              data: thresholds.map(({ from, color }) => ({
                yAxis: from,
                lineStyle: { color: THRESHOLD_COLORS[color], type: "dashed", width: 1 },
              })),
            },
          }),
    })),
  };
}

function bars(spec: PanelSpec, lines: readonly Line[]): echarts.EChartsCoreOption {
  const sorted = [...lines].sort((a, b) => lastOf(a) - lastOf(b)).slice(-LEGEND_LIMIT);
  return {
    grid: { left: 8, right: 78, top: 8, bottom: 8, containLabel: true },
    xAxis: {
      type: "value",
      min: spec.min ?? 0,
      ...(spec.max === undefined ? {} : { max: spec.max }),
      axisLabel: { show: false },
      splitLine: { lineStyle: { color: "#e6ebf0" } },
    },
    yAxis: {
      type: "category",
      data: sorted.map(({ name }) => name),
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { fontSize: 11, color: "#41505f", width: 190, overflow: "truncate" },
    },
    series: [
      {
        type: "bar",
        barMaxWidth: 22,
        data: sorted.map((line) => ({
          value: lastOf(line),
          itemStyle: { color: colorOf(spec, lastOf(line)), borderRadius: 2 },
        })),
        label: {
          show: true,
          position: "right",
          fontSize: 12,
          color: "#1f2a36",
          formatter: ({ value }: { value: unknown }) => formatted(Number(value), spec.unit),
        },
      },
    ],
  };
}

/** The last value of up to four lines as large text. A single line also shows its course behind the text. */
function stat(spec: PanelSpec, lines: readonly Line[], width: number): echarts.EChartsCoreOption {
  const shown = lines.slice(0, 4);
  const column = width / shown.length;
  const several = shown.length > 1;
  const text = (index: number, content: string, y: number, style: object): object => ({
    type: "text",
    x: column * (index + 0.5),
    y,
    silent: true,
    style: { text: content, align: "center", verticalAlign: "middle", fontFamily: FONT, ...style },
  });
  const fontSize = Math.min(30, (column - 12) / 5);
  const course = several ? [] : shown;
  return {
    grid: { left: 0, right: 0, top: HEIGHT.stat - 30, bottom: 0 },
    xAxis: { type: "time", show: false },
    yAxis: { type: "value", show: false, min: 0, max: "dataMax" },
    series: course.map((line) => ({
      type: "line",
      data: line.points.filter(([, value]) => Number.isFinite(value)),
      showSymbol: false,
      silent: true,
      lineStyle: { width: 0 },
      areaStyle: { opacity: 0.12, color: colorOf(spec, lastOf(line)) },
    })),
    graphic: shown.flatMap((line, index) => {
      const value = lastOf(line);
      const fill = colorOf(spec, value);
      const number = text(index, formatted(value, spec.unit), several ? 40 : 44, { fontSize, fontWeight: 600, fill });
      const name = text(index, shorten(line.name, column), 72, { fontSize: 11, fill: "#5a6b7b" });
      return several ? [number, name] : [number];
    }),
  };
}

function shorten(text: string, width: number): string {
  const most = Math.max(6, Math.floor(width / 6.5));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** Escapes a text for XML. */
export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
