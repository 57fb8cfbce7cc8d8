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

/** Height of a panel's drawing by its kind, in pixels. */
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
const FONT = "Inter, 'Helvetica Neue', Arial, sans-serif";

/** Most lines that have a place in a legend. */
const LEGEND_LIMIT = 10;

/** The colour of a value by the panel's thresholds. */
function colorOf(spec: PanelSpec, value: number): string {
  const step = [...(spec.thresholds ?? [])].reverse().find(({ from }) => value >= from);
  return THRESHOLD_COLORS[step?.color ?? "green"];
}

function lastOf(line: Line): number {
  return line.points.findLast(([, value]) => Number.isFinite(value))?.[1] ?? NaN;
}

/** The panel as an SVG image of so many pixels' width; undefined when it has no data. */
export function drawPanel(spec: PanelSpec, lines: readonly Line[], width: number): string | undefined {
  const drawn = lines.filter((line) => Number.isFinite(lastOf(line)));
  if (drawn.length === 0) return undefined;
  switch (spec.kind) {
    case "timeseries":
      return svg(width, HEIGHT.timeseries, timeseries(spec, drawn, width));
    case "bargauge":
      return svg(width, HEIGHT.bargauge, bars(spec, drawn));
    case "stat":
      return stat(spec, drawn, width);
  }
}

function svg(width: number, height: number, option: echarts.EChartsCoreOption): string {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({ animation: false, textStyle: { fontFamily: FONT }, ...option });
  const text = chart.renderToSVGString();
  chart.dispose();
  return text;
}

function timeseries(spec: PanelSpec, lines: readonly Line[], width: number): echarts.EChartsCoreOption {
  const named = lines.slice(0, LEGEND_LIMIT);
  const thresholds = (spec.thresholds ?? []).filter(({ color }) => color !== "green");
  const highest = Math.max(...lines.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite));
  return {
    color: COLORS,
    grid: { left: 8, right: 16, top: 14, bottom: 44, containLabel: true },
    legend: {
      type: "plain",
      bottom: 2,
      left: 8,
      width: width - 16,
      height: 36,
      icon: "roundRect",
      itemWidth: 12,
      itemHeight: 3,
      itemGap: 12,
      textStyle: { fontSize: 11, color: "#41505f" },
      data: named.map(({ name }) => name),
    },
    xAxis: {
      type: "time",
      splitNumber: Math.max(2, Math.round(width / 130)),
      axisLabel: { fontSize: 11, color: "#5a6b7b", hideOverlap: true, formatter: "{HH}:{mm}:{ss}" },
      axisLine: { lineStyle: { color: "#b4c0cc" } },
    },
    yAxis: {
      type: "value",
      ...(spec.min === undefined ? {} : { min: spec.min }),
      // A line that stays at nothing is drawn at the foot, not in the middle.
      max: spec.max ?? (highest === 0 ? 1 : undefined),
      ...(spec.max === undefined ? { splitNumber: 4 } : { interval: (spec.max - (spec.min ?? 0)) / 4 }),
      axisLabel: { fontSize: 11, color: "#5a6b7b", formatter: (value: number) => formatted(value, spec.unit) },
      splitLine: { lineStyle: { color: "#e6ebf0" } },
    },
    series: lines.map((line, index) => ({
      type: "line",
      name: line.name,
      data: line.points.map(([time, value]) => [time, Number.isFinite(value) ? value : null]),
      showSymbol: line.points.length === 1,
      lineStyle: { width: 1.6 },
      areaStyle: { opacity: spec.stacked === true ? 0.35 : 0.06 },
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

/** The last value of each line in large letters; the first line's course behind them. */
function stat(spec: PanelSpec, lines: readonly Line[], width: number): string {
  const shown = lines.slice(0, 4);
  const column = width / shown.length;
  const size = Math.min(30, (column - 12) / 5);
  const texts = shown.flatMap((line, index) => {
    const value = lastOf(line);
    const middle = column * (index + 0.5);
    const number = `<text x="${middle}" y="${shown.length > 1 ? 50 : 58}" font-size="${size}" font-weight="600" fill="${colorOf(spec, value)}" text-anchor="middle">${escape(formatted(value, spec.unit))}</text>`;
    const name = `<text x="${middle}" y="76" font-size="11" fill="#5a6b7b" text-anchor="middle">${escape(shorten(line.name, column))}</text>`;
    return shown.length > 1 ? [number, name] : [number];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT.stat}" viewBox="0 0 ${width} ${HEIGHT.stat}" font-family="${FONT.replaceAll('"', "'")}">${texts.join("")}</svg>`;
}

function shorten(text: string, width: number): string {
  const most = Math.max(6, Math.floor(width / 6.5));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A text as XML. */
export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
