import * as fs from "node:fs";
import * as path from "node:path";
import * as prettier from "prettier";
import { PROJECT_ROOT } from "../local/state";
import { table } from "../validation/report/table";
import { percent } from "../validation/statistics";
import { phaseLabel, type Part, type Results, type RoutingRow } from "./results";
import { GATEWAY_ROUND_ROBIN, OURS } from "./routing/policies";

/** The page with all figures, next to the file that it is made from. */
export const PAGE = path.join(PROJECT_ROOT, "docs", "bench", "README.md");
/** The README has the most important figures between these lines. */
const README = path.join(PROJECT_ROOT, "README.md");
const BEGIN = "<!-- figures of make bench: begin -->";
const END = "<!-- figures of make bench: end -->";

/** Rows of cells. The first row is the head, the first column has the labels. */
type Table = readonly (readonly string[])[];

const ms = (value: number | undefined): string => (value === undefined ? "-" : `${value.toFixed(0)} ms`);
const oneDecimal = (value: number): string => `${value.toFixed(1)} ms`;
const seconds = (value: number): string => `${value.toFixed(1)} s`;
/** How many times the base. */
const ratio = (value: number, base: number): string => (base === 0 ? "-" : `${(value / base).toFixed(2)}×`);

/** The medians of cache misses and of cache hits: `998 ms, 42 ms`. */
function coldAndWarm({ ttftColdP50Ms: cold, ttftWarmP50Ms: warm }: RoutingRow): string {
  return cold === undefined && warm === undefined ? "-" : `${ms(cold)}, ${ms(warm)}`;
}

/** The round robin row of the same workload and environment. */
function roundRobinOf(rows: readonly RoutingRow[], row: RoutingRow): RoutingRow | undefined {
  return rows.find(
    (other) =>
      other.policy === GATEWAY_ROUND_ROBIN.name &&
      other.workload === row.workload &&
      other.replicas === row.replicas &&
      other.cache === row.cache,
  );
}

/** The results as one table for each benchmark, with ratios to what a row is compared with. */
function tablesOf({ routing, overhead, provisioning, startup }: Results): Readonly<Record<Part, Table>> {
  return {
    routing: [
      [
        ...["Routing", "hits", "of oracle", "TTFT p50", "TTFT p95", "p95 to round robin"],
        ...["cold, warm p50", "imbalance", "errors", "CPU"],
      ],
      ...routing.map((row) => [
        `${row.replicas} replicas, ${row.cache} cache, ${row.workload}, ${row.policy}`,
        percent(row.hitRate),
        percent(row.shareOfOracle),
        ms(row.ttftP50Ms),
        ms(row.ttftP95Ms),
        ratio(row.ttftP95Ms, roundRobinOf(routing, row)?.ttftP95Ms ?? 0),
        coldAndWarm(row),
        row.imbalance.toFixed(2),
        String(row.errors),
        percent(row.cpu),
      ]),
    ],
    overhead: [
      ["Overhead", "p50", "p95", "added at p50", "requests/s", "errors", "CPU"],
      ...overhead.map((row) => {
        const direct = overhead.find(({ clients, path: way }) => clients === row.clients && way === "direct");
        return [
          `${row.clients} clients, ${row.path}`,
          oneDecimal(row.latencyP50Ms),
          oneDecimal(row.latencyP95Ms),
          direct === undefined || direct === row ? "-" : oneDecimal(row.latencyP50Ms - direct.latencyP50Ms),
          row.throughput.toFixed(0),
          String(row.errors),
          percent(row.cpu),
        ];
      }),
    ],
    provisioning: [
      ["Provisioning", "wall", "longest path", "one after the other", "wall to longest path"],
      ...provisioning.map((row) => [
        phaseLabel(row),
        seconds(row.wallS),
        seconds(row.longestPathS),
        seconds(row.sequentialS),
        ratio(row.wallS, row.longestPathS),
      ]),
    ],
    startup: [
      ["Start-up", "wall", "CPU", "CPU ratio", "peak memory", "resources", "runs"],
      ...startup.map((row) => [
        row.variant,
        `${row.wallS.toFixed(2)} s`,
        `${row.cpuS.toFixed(2)} s`,
        ratio(row.cpuS, startup[0]?.cpuS ?? 0),
        `${row.peakMiB.toFixed(0)} MiB`,
        String(row.resources),
        String(row.runs),
      ]),
    ],
  };
}

/** All results as tables for a terminal. */
export function tableOf(results: Results): string {
  return Object.values(tablesOf(results))
    .filter((rows) => rows.length > 1)
    .map(table)
    .join("\n");
}

function markdown([head = [], ...rows]: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

/** The page with all figures. */
export function pageOf(results: Results): string {
  const { machine, origins } = results;
  const sections = Object.entries(tablesOf(results)).flatMap(([part, [head = [], ...rows]]) => {
    if (rows.length === 0) return [];
    const [title = "", ...columns] = head;
    const { date = "", command = "", loadBefore = 0 } = origins[part] ?? {};
    return [
      `## ${title}`,
      `\`${command}\`, ${date}, load average before ${loadBefore.toFixed(1)}.`,
      markdown([["", ...columns], ...rows]),
      ...(part === "routing" ? ["![Hits as a share of the oracle's, and the time to first token](routing.svg)"] : []),
    ];
  });
  const parts = [
    "# Figures",
    "`make bench` makes this page from [results.json](results.json). [benchmarks.md](../benchmarks.md) explains the figures.",
    `${machine.cpus} CPUs (${machine.model}), ${machine.memoryGiB} GiB, ${machine.kernel}, Node.js ${machine.node}.`,
    ...sections,
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The README's part: the default settings compared with round robin, with large caches. */
function summaryOf({ routing, origins, machine }: Results): string {
  const rows = routing
    .filter((row) => row.policy === OURS.name && row.cache === "ample")
    .map((row) => {
      const other = roundRobinOf(routing, row);
      return [
        `${row.workload}, ${row.replicas} replicas`,
        percent(row.hitRate),
        percent(row.shareOfOracle),
        percent(other?.hitRate),
        coldAndWarm(row),
        `${ms(row.ttftP50Ms)}, ${ms(row.ttftP95Ms)}`,
        other === undefined ? "-" : `${ms(other.ttftP50Ms)}, ${ms(other.ttftP95Ms)}`,
      ];
    });
  const head = ["", "hits", "of the best possible", "round robin", "TTFT cold, warm", "TTFT p50, p95", "round robin"];
  const { date = "", command = "" } = origins["routing"] ?? {};
  return [
    markdown([head, ...rows]),
    `\`${command}\` on ${date.slice(0, 10)}, ${machine.cpus} CPUs. Round robin: by Envoy, over the same replicas.`,
  ].join("\n\n");
}

/**
 * The README with the summary of these results.
 *
 * @throws Error if it has no place for the summary
 */
export function readmeWith(readme: string, results: Results): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the README has no lines ${BEGIN} and ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${summaryOf(results)}\n\n${readme.slice(end)}`;
}

/** A text in Prettier's format, with the project's settings. */
export async function formatted(text: string, file: string): Promise<string> {
  return prettier.format(text, { ...(await prettier.resolveConfig(file)), filepath: file });
}

/** Writes the page and the README's part. */
export async function writeMarkdown(results: Results): Promise<void> {
  fs.writeFileSync(PAGE, await formatted(pageOf(results), PAGE));
  if (results.routing.length === 0) return;
  fs.writeFileSync(README, await formatted(readmeWith(fs.readFileSync(README, "utf8"), results), README));
}
