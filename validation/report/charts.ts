import { type EChartsOption, init } from "echarts";
import type { Arm, ArmResult, ModelResult, ValidationResult } from "../result";

/** Names and colours of the two ways; the colours are told apart by colour-blind readers too (Okabe and Ito). */
const ARMS: Readonly<Record<Arm, { readonly name: string; readonly color: string }>> = {
  gateway: { name: "endpoint picker", color: "#0072b2" },
  control: { name: "in turn", color: "#e69f00" },
};

const WIDTH = 560;
const HEIGHT = 320;
const TEXT = { fontFamily: "system-ui, sans-serif", fontSize: 12, color: "#333" };

/** A chart as SVG, drawn without a browser. */
function draw(option: EChartsOption): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption({ animation: false, textStyle: TEXT, ...option });
    return chart.renderToSVGString();
  } finally {
    // Its timers would keep the process from ending.
    chart.dispose();
  }
}

const armsOf = ({ gateway, control }: ModelResult): readonly (readonly [Arm, ArmResult])[] => [
  ["gateway", gateway],
  ...(control === undefined ? [] : [["control", control] as const]),
];

/** A number that a chart can show; JSON has no NaN, so it comes back as null. */
const known = (value: number | null): number | "-" =>
  value === null || Number.isNaN(value) ? "-" : Math.round(value * 10) / 10;

/** Time to first token, cold against warm. */
export function ttftChart(model: ModelResult): string {
  return draw({
    grid: { left: 60, right: 20, top: 40, bottom: 30 },
    legend: { top: 0, itemGap: 40, data: armsOf(model).map(([arm]) => ARMS[arm].name) },
    xAxis: { type: "category", data: ["cold p50", "cold p95", "warm p50", "warm p95"] },
    yAxis: { type: "value", name: "ms", nameLocation: "end" },
    series: armsOf(model).map(([arm, { ttftCold, ttftWarm }]) => ({
      type: "bar" as const,
      name: ARMS[arm].name,
      color: ARMS[arm].color,
      barGap: "10%",
      label: { show: true, position: "top" as const, fontSize: 11, formatter: rounded },
      data: [ttftCold.p50, ttftCold.p95, ttftWarm.p50, ttftWarm.p95].map(known),
    })),
  });
}

const rounded = ({ value }: { readonly value?: unknown }): string =>
  typeof value === "number" ? value.toFixed(0) : "";

/** Hit rate over time; each round begins with nothing cached. */
export function hitRateChart(model: ModelResult, { thresholds }: ValidationResult): string {
  const arms = armsOf(model).map(([arm]) => arm);
  const seconds = Math.max(1, ...model.timeline.map((point) => point.seconds));
  return draw({
    grid: { left: 60, right: 64, top: 40, bottom: 40 },
    legend: { top: 0, itemGap: 40, data: arms.map((arm) => ARMS[arm].name) },
    xAxis: { type: "value", name: "seconds", nameLocation: "middle", nameGap: 24, min: 0, max: Math.ceil(seconds) },
    yAxis: { type: "value", min: 0, max: 100, axisLabel: { formatter: "{value} %" } },
    series: arms.map((arm) => ({
      type: "line" as const,
      name: ARMS[arm].name,
      color: ARMS[arm].color,
      symbolSize: 5,
      data: pointsOf(model, arm),
      ...(arm === "gateway"
        ? {
            markLine: {
              symbol: "none",
              silent: true,
              lineStyle: { color: "#666", type: "dashed" as const },
              label: { formatter: "asked for", fontSize: 11 },
              data: [{ yAxis: thresholds.minHitRate * 100 }],
            },
          }
        : {}),
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

/** Requests by replica. */
export function loadChart(model: ModelResult): string {
  // The end of a pod's name is what tells it from its neighbours.
  const names = model.gateway.replicas.map(({ name }) => name);
  return draw({
    grid: { left: 60, right: 20, top: 40, bottom: 30 },
    legend: { top: 0, itemGap: 40, data: armsOf(model).map(([arm]) => ARMS[arm].name) },
    xAxis: { type: "category", data: names.map((name) => name.split("-").at(-1) ?? name) },
    yAxis: { type: "value", name: "requests", minInterval: 1 },
    series: armsOf(model).map(([arm, { replicas }]) => ({
      type: "bar" as const,
      name: ARMS[arm].name,
      color: ARMS[arm].color,
      label: { show: names.length <= 8, position: "top" as const, fontSize: 11 },
      data: names.map((name) => replicas.find((one) => one.name === name)?.requests ?? 0),
    })),
  });
}
