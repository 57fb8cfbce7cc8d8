import * as echarts from "echarts";
import type { RoutingRow } from "./results";
import { GATEWAY_ROUND_ROBIN, OTHERS, OURS } from "./routing/policies";

const WIDTH = 1000;
/** Height of one of the two panels, with its title and its labels. */
const PANEL = 380;
const HEIGHT = 2 * PANEL + 20;

/** The policies in the order of their bars. */
const POLICIES = [OURS, ...OTHERS, GATEWAY_ROUND_ROBIN].map(({ name }) => name);

/** Two panels by workload, with the most replicas that were measured: an SVG. */
export function chartOf(rows: readonly RoutingRow[]): string {
  const replicas = Math.max(...rows.map((row) => row.replicas));
  const shown = rows.filter((row) => row.replicas === replicas && row.oracleHitRate > 0);
  const keyOf = ({ workload, cache }: RoutingRow): string =>
    `${workload.replace(", ", ",\n")}${cache === "small" ? "\n(small cache)" : ""}`;
  const keys = [...new Set(shown.map(keyOf))];
  const panels = [
    {
      title: `Prefix cache hits, as a share of the oracle's (${replicas} replicas)`,
      axis: { max: 100, axisLabel: { formatter: "{value} %" } },
      value: (row: RoutingRow) => Number((row.shareOfOracle * 100).toFixed(1)),
    },
    {
      title: `Time to first token, 95th percentile (${replicas} replicas)`,
      axis: { axisLabel: { formatter: "{value} ms" } },
      value: (row: RoutingRow) => Math.round(row.ttftP95Ms),
    },
  ];
  const top = (panel: number): number => 80 + panel * PANEL;
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: ["#0b6e4f", "#4f86c6", "#9a9ad0", "#c8553d"],
    title: panels.map(({ title }, panel) => ({
      text: title,
      left: "center",
      top: top(panel) - 70,
      textStyle: { fontSize: 16 },
    })),
    legend: { top: 38 },
    grid: panels.map((_, panel) => ({ left: 70, right: 20, top: top(panel), height: PANEL - 130 })),
    xAxis: panels.map((_, gridIndex) => ({
      type: "category",
      gridIndex,
      data: keys,
      axisLabel: { interval: 0, fontSize: 11 },
    })),
    yAxis: panels.map(({ axis }, gridIndex) => ({ type: "value", gridIndex, min: 0, ...axis })),
    series: panels.flatMap(({ value }, panel) =>
      POLICIES.map((policy) => ({
        name: policy,
        type: "bar",
        xAxisIndex: panel,
        yAxisIndex: panel,
        data: keys.map((key) => {
          const row = shown.find((one) => one.policy === policy && keyOf(one) === key);
          return row === undefined ? null : value(row);
        }),
        label: { show: true, position: "top", fontSize: 9 },
      })),
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
