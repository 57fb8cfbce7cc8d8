import { GATEWAY_ROUND_ROBIN } from "./routing/policies";
import { phaseLabel, type Results, type RoutingRow } from "./results";

/** Lines of columns, the first to the left and the others to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
    )
    .map((cells) => `  ${cells.join("  ")}`)
    .join("\n");
}

/** A share of 1, in percent. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
/** How many times the base. */
export const ratio = (value: number, base: number): string => (base === 0 ? "-" : `${(value / base).toFixed(2)}×`);

/** All results as one table for a terminal, each with its ratio to what it is compared with. */
export function tableOf({ routing, overhead, provisioning, startup }: Results): string {
  const parts: string[] = [];
  if (startup.length > 0) {
    const base = startup[0]?.cpuS ?? 0;
    const head = ["Start-up", "wall s", "CPU s", "MiB", "CPU ratio"];
    const rows = startup.map((row) => [
      row.variant,
      row.wallS.toFixed(2),
      row.cpuS.toFixed(2),
      row.peakMiB.toFixed(0),
      ratio(row.cpuS, base),
    ]);
    parts.push(columns([head, ...rows]));
  }
  if (overhead.length > 0) {
    const head = ["Overhead", "p50 ms", "p95 ms", "requests/s", "added at p50"];
    const rows = overhead.map((row) => {
      const direct = overhead.find((other) => other.clients === row.clients && other.path === "direct");
      const added = row.path === "direct" ? "-" : `${(row.latencyP50Ms - (direct?.latencyP50Ms ?? 0)).toFixed(1)} ms`;
      return [
        `${row.clients} clients, ${row.path}`,
        row.latencyP50Ms.toFixed(1),
        row.latencyP95Ms.toFixed(1),
        row.throughput.toFixed(0),
        added,
      ];
    });
    parts.push(columns([head, ...rows]));
  }
  if (routing.length > 0) {
    const head = ["Routing", "hits", "of oracle", "TTFT p50", "TTFT p95", "p95 to RR", "imbalance", "CPU"];
    const rows = routing.map((row) => [
      `${row.replicas} replicas, ${row.cache} cache, ${row.workload}, ${row.policy}`,
      percent(row.hitRate),
      percent(row.shareOfOracle),
      `${row.ttftP50Ms.toFixed(0)} ms`,
      `${row.ttftP95Ms.toFixed(0)} ms`,
      ratio(row.ttftP95Ms, roundRobinOf(routing, row)?.ttftP95Ms ?? 0),
      row.imbalance.toFixed(2),
      percent(row.cpu),
    ]);
    parts.push(columns([head, ...rows]));
  }
  if (provisioning.length > 0) {
    const head = ["Provisioning", "wall s", "longest path s", "sequential s", "wall to longest path"];
    const rows = provisioning.map((row) => [
      phaseLabel(row),
      row.wallS.toFixed(1),
      row.longestPathS.toFixed(1),
      row.sequentialS.toFixed(1),
      ratio(row.wallS, row.longestPathS),
    ]);
    parts.push(columns([head, ...rows]));
  }
  return parts.join("\n\n");
}

/** The row of round robin that a row is compared with. */
export function roundRobinOf(rows: readonly RoutingRow[], row: RoutingRow): RoutingRow | undefined {
  return rows.find(
    ({ policy, workload, replicas, cache }) =>
      policy === GATEWAY_ROUND_ROBIN.name &&
      workload === row.workload &&
      replicas === row.replicas &&
      cache === row.cache,
  );
}
