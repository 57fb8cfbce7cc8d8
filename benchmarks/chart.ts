import * as echarts from "echarts";
import type { RoutingRow } from "./results";
import { GATEWAY_ROUND_ROBIN, OTHERS, OURS } from "./routing/policies";

const WIDTH = 1000;
const HEIGHT = 460;

/** The policies in the order of their bars. */
const POLICIES = [OURS, ...OTHERS, GATEWAY_ROUND_ROBIN].map(({ name }) => name);

/** How much of the oracle's hits each policy reaches, by workload, with the most replicas that were measured: an SVG. */
export function chartOf(rows: readonly RoutingRow[]): string {
  const replicas = Math.max(...rows.map((row) => row.replicas));
  const shown = rows.filter((row) => row.replicas === replicas && row.oracleHitRate > 0);
  const keyOf = (row: RoutingRow): string => `${row.workload.replace(", ", ",\n")}${row.cache === "small" ? "\n(small cache)" : ""}`;
  const keys = [...new Set(shown.map(keyOf))];
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: ["#0b6e4f", "#4f86c6", "#9a9ad0", "#c8553d"],
    title: {
      text: `Prefix cache hits, as a share of the oracle's (${replicas} replicas)`,
      left: "center",
      textStyle: { fontSize: 16 },
    },
    legend: { top: 38 },
    grid: { left: 60, right: 20, top: 80, bottom: 60 },
    xAxis: { type: "category", data: keys, axisLabel: { interval: 0, fontSize: 11 } },
    yAxis: { type: "value", min: 0, max: 100, axisLabel: { formatter: "{value} %" } },
    series: POLICIES.map((policy) => ({
      name: policy,
      type: "bar",
      data: keys.map((key) => {
        const row = shown.find((one) => one.policy === policy && keyOf(one) === key);
        return row === undefined ? null : Number((row.shareOfOracle * 100).toFixed(1));
      }),
      label: { show: true, position: "top", fontSize: 9 },
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
