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

/** Most lines whose areas below them can lie over each other and still be told apart. */
const FEW_LINES = 3;

/** A legend's letters, rows and marks, in pixels. */
const LEGEND = { letter: 6.6, row: 21, mark: 12 + 5 + 12 } as const;

/** From when to when a panel is drawn, in milliseconds since 1970, whatever there is data for. */
export type Span = readonly [from: number, to: number];

/** The colour of a value by the panel's thresholds. */
function colorOf(spec: PanelSpec, value: number): string {
  const step = [...(spec.thresholds ?? [])].reverse().find(({ from }) => value >= from);
  return THRESHOLD_COLORS[step?.color ?? "green"];
}

function lastOf(line: Line): number {
  return line.points.findLast(([, value]) => Number.isFinite(value))?.[1] ?? NaN;
}

/** The panel as an SVG image of so many pixels' width; undefined when it has no data. */
export function drawPanel(spec: PanelSpec, lines: readonly Line[], width: number, span?: Span): string | undefined {
  const drawn = lines.filter((line) => Number.isFinite(lastOf(line)));
  if (drawn.length === 0) return undefined;
  switch (spec.kind) {
    case "timeseries":
      return svg(width, HEIGHT.timeseries, timeseries(spec, drawn, width, span));
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

/** How many rows names take below each other when they are put in rows of so many pixels. */
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
  // A line that stays at nothing is drawn at the foot, not in the middle.
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
      // In a stack the line of a series at 0 would lie on top of all others, in its own colour.
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

/** The last value of each line in large letters; the first line's course behind them. */
function stat(spec: PanelSpec, lines: readonly Line[], width: number): string {
  const shown = lines.slice(0, 4);
  const column = width / shown.length;
  const size = Math.min(30, (column - 12) / 5);
  const texts = shown.flatMap((line, index) => {
    const value = lastOf(line);
    const middle = column * (index + 0.5);
    const number = `<text x="${middle}" y="${shown.length > 1 ? 50 : 54}" font-size="${size}" font-weight="600" fill="${colorOf(spec, value)}" text-anchor="middle">${escape(formatted(value, spec.unit))}</text>`;
    const name = `<text x="${middle}" y="76" font-size="11" fill="#5a6b7b" text-anchor="middle">${escape(shorten(line.name, column))}</text>`;
    return shown.length > 1 ? [number, name] : [number];
  });
  const [first] = shown;
  const course = shown.length === 1 && first !== undefined ? sparkline(spec, first, width) : "";
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT.stat}" viewBox="0 0 ${width} ${HEIGHT.stat}" font-family="${FONT.replaceAll('"', "'")}">${course}${texts.join("")}</svg>`;
}

/** The course of a line as an area along the foot, without axes. */
function sparkline(spec: PanelSpec, line: Line, width: number): string {
  const points = line.points.filter(([, value]) => Number.isFinite(value));
  const [from, to] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
  const highest = Math.max(...points.map(([, value]) => value));
  if (to === from || highest <= 0) return "";
  const path = points
    .map(([time, value]) => {
      const x = ((time - from) / (to - from)) * width;
      return `${x.toFixed(1)},${(HEIGHT.stat - (Math.max(0, value) / highest) * 30).toFixed(1)}`;
    })
    .join(" ");
  const color = colorOf(spec, lastOf(line));
  return `<polygon points="0,${HEIGHT.stat} ${path} ${width},${HEIGHT.stat}" fill="${color}" fill-opacity="0.12"/>`;
}

function shorten(text: string, width: number): string {
  const most = Math.max(6, Math.floor(width / 6.5));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A text as XML. */
export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
