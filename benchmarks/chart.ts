import { draw } from "../validation/report/charts";
import type { RoutingRow } from "./results";
import { GATEWAY_ROUND_ROBIN, OTHERS, OURS } from "./routing/policies";

/** Height of each of the two panels, including its title and labels. */
const PANEL = 380;

/** The policies in the order of their bars. */
const POLICIES = [OURS, ...OTHERS, GATEWAY_ROUND_ROBIN].map(({ name }) => name);

/** The routing results with the most replicas as an SVG: two panels of bars, grouped by workload. */
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
  const option = {
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
      type: "category" as const,
      gridIndex,
      data: keys,
      axisLabel: { interval: 0, fontSize: 11 },
    })),
    yAxis: panels.map(({ axis }, gridIndex) => ({ type: "value" as const, gridIndex, min: 0, ...axis })),
    series: panels.flatMap(({ value }, panel) =>
      POLICIES.map((policy) => ({
        name: policy,
        type: "bar" as const,
        xAxisIndex: panel,
        yAxisIndex: panel,
        data: keys.map((key) => {
          const row = shown.find((one) => one.policy === policy && keyOf(one) === key);
          return row === undefined ? null : value(row);
        }),
        label: { show: true, position: "top" as const, fontSize: 9 },
      })),
    ),
  };
  return draw(option, { width: 1000, height: 2 * PANEL + 20 });
}
