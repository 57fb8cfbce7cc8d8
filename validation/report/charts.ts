import { type EChartsOption, init } from "echarts";
import type { Arm, ArmResult, ModelResult, ValidationResult } from "../result";

/** Names and colours of the arms. Colour-blind readers can tell the colours apart, too (Okabe and Ito). */
const ARMS: Readonly<Record<Arm, { readonly name: string; readonly color: string }>> = {
  gateway: { name: "endpoint picker", color: "#0072b2" },
  control: { name: "round robin", color: "#e69f00" },
};

const TEXT = { fontFamily: "system-ui, sans-serif", fontSize: 12, color: "#333" };
const LEGEND = { top: 0, itemGap: 40 };

/** Draws a chart as SVG, without a browser. */
export function draw(option: EChartsOption, size = { width: 560, height: 320 }): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...size });
  try {
    chart.setOption({ animation: false, textStyle: TEXT, ...option });
    return chart.renderToSVGString();
  } finally {
    // Its timers would keep the process alive.
    chart.dispose();
  }
}

const armsOf = ({ gateway, control }: ModelResult): readonly (readonly [Arm, ArmResult])[] => [
  ["gateway", gateway],
  ...(control === undefined ? [] : [["control", control] as const]),
];

/** A value for a chart, with one decimal. A result that was read from JSON has null for NaN. */
const known = (value: number | null): number | "-" =>
  value === null || Number.isNaN(value) ? "-" : Math.round(value * 10) / 10;

/** Bars by category, one for each arm. */
function barChart(
  model: ModelResult,
  categories: readonly string[],
  yAxis: { readonly name: string; readonly minInterval?: number },
  values: (arm: ArmResult) => readonly (number | null)[],
): string {
  return draw({
    grid: { left: 60, right: 20, top: 40, bottom: 30 },
    legend: LEGEND,
    xAxis: { type: "category", data: [...categories] },
    yAxis: { type: "value", ...yAxis },
    series: armsOf(model).map(([arm, result]) => ({
      type: "bar" as const,
      ...ARMS[arm],
      barGap: "10%",
      label: { show: categories.length <= 8, position: "top" as const, fontSize: 11, formatter: rounded },
      data: values(result).map(known),
    })),
  });
}

const rounded = ({ value }: { readonly value?: unknown }): string =>
  typeof value === "number" ? value.toFixed(0) : "";

/** Time to first token, cold against warm. */
export function ttftChart(model: ModelResult): string {
  const categories = ["cold p50", "cold p95", "warm p50", "warm p95"];
  return barChart(model, categories, { name: "ms" }, ({ ttftCold: cold, ttftWarm: warm }) => [
    cold.p50,
    cold.p95,
    warm.p50,
    warm.p95,
  ]);
}

/** Requests by replica. */
export function loadChart(model: ModelResult): string {
  const names = model.gateway.replicas.map(({ name }) => name);
  // Pods of one Deployment differ only in the end of their names.
  const labels = names.map((name) => name.split("-").at(-1) ?? name);
  return barChart(model, labels, { name: "requests", minInterval: 1 }, ({ replicas }) =>
    names.map((name) => replicas.find((one) => one.name === name)?.requests ?? 0),
  );
}

/** Hit rate over time. Each round starts with nothing cached. */
export function hitRateChart(model: ModelResult, { thresholds }: ValidationResult): string {
  const seconds = Math.max(1, ...model.timeline.map((point) => point.seconds));
  const threshold = {
    symbol: "none",
    silent: true,
    lineStyle: { color: "#666", type: "dashed" as const },
    label: { formatter: "required", fontSize: 11 },
    data: [{ yAxis: thresholds.minHitRate * 100 }],
  };
  return draw({
    grid: { left: 60, right: 64, top: 40, bottom: 40 },
    legend: LEGEND,
    xAxis: { type: "value", name: "seconds", nameLocation: "middle", nameGap: 24, min: 0, max: Math.ceil(seconds) },
    yAxis: { type: "value", min: 0, max: 100, axisLabel: { formatter: "{value} %" } },
    series: armsOf(model).map(([arm]) => ({
      type: "line" as const,
      ...ARMS[arm],
      symbolSize: 5,
      data: pointsOf(model, arm),
      ...(arm === "gateway" ? { markLine: threshold } : {}),
    })),
  });
}

/** The points of an arm, with a gap between its rounds. */
function pointsOf(model: ModelResult, arm: Arm): (number | "-")[][] {
  let round = 0;
  return model.timeline
    .filter((point) => point.arm === arm)
    .flatMap((point) => {
      const gap = point.round !== round && round !== 0 ? [[Math.round(point.seconds), "-" as const]] : [];
      round = point.round;
      return [...gap, [Math.round(point.seconds * 10) / 10, Math.round(point.hitRate * 1000) / 10]];
    });
}
