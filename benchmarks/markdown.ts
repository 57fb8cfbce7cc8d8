import * as fs from "node:fs";
import * as path from "node:path";
import * as prettier from "prettier";
import { PROJECT_ROOT } from "../local/state";
import { phaseLabel, type Results, type RoutingRow } from "./results";
import { percent, ratio, roundRobinOf } from "./table";

/** Where the page of all figures lies, beside the file that it is made from. */
export const PAGE = path.join(PROJECT_ROOT, "docs", "bench", "README.md");
/** The README has the most important figures between these lines. */
const README = path.join(PROJECT_ROOT, "README.md");
const BEGIN = "<!-- figures of make bench: begin -->";
const END = "<!-- figures of make bench: end -->";

/** A table; the first row is its head. */
function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? "---" : "---:"))), ...body.map(line)].join("\n");
}

const ms = (value: number | undefined): string => (value === undefined ? "-" : `${value.toFixed(0)} ms`);
const seconds = (value: number): string => `${value.toFixed(1)} s`;

/** The README's part: the shipped settings beside taking turns, where caches are ample. */
export function summaryOf({ routing, origins, machine }: Results): string {
  const rows = routing.filter((row) => row.policy === "ours" && row.cache === "ample");
  const cells = rows.map((row) => {
    const turns = roundRobinOf(routing, row);
    return [
      `${row.workload}, ${row.replicas} replicas`,
      percent(row.hitRate),
      percent(row.shareOfOracle),
      turns === undefined ? "-" : percent(turns.hitRate),
      coldAndWarm(row),
      `${ms(row.ttftP50Ms)}, ${ms(row.ttftP95Ms)}`,
      turns === undefined ? "-" : `${ms(turns.ttftP50Ms)}, ${ms(turns.ttftP95Ms)}`,
    ];
  });
  const head = ["", "hits", "of the best possible", "in turn", "TTFT cold, warm", "TTFT p50, p95", "in turn"];
  const { date = "", command = "" } = origins["routing"] ?? {};
  return [
    table([head, ...cells]),
    `\`${command}\` on ${date.slice(0, 10)}, ${machine.cpus} CPUs. In turn: Envoy's round robin over the same replicas.`,
  ].join("\n\n");
}

/** The median where nothing was cached, and where something was: `998 ms, 42 ms`. */
const coldAndWarm = (row: RoutingRow): string =>
  row.ttftColdP50Ms === undefined && row.ttftWarmP50Ms === undefined
    ? "-"
    : `${ms(row.ttftColdP50Ms)}, ${ms(row.ttftWarmP50Ms)}`;

/** The page of all figures. */
export function pageOf(results: Results): string {
  const { machine, origins, routing, overhead, provisioning, startup } = results;
  const parts = [
    "# Figures",
    "Made by `make bench` from [results.json](results.json); what they mean is in [benchmarks.md](../benchmarks.md).",
    `${machine.cpus} CPUs (${machine.model}), ${machine.memoryGiB} GiB, ${machine.kernel}, Node.js ${machine.node}.`,
  ];
  const section = (title: string, part: keyof Results["origins"], rows: readonly (readonly string[])[]): void => {
    if (rows.length < 2) return;
    const { date = "", command = "", loadBefore = 0 } = origins[part] ?? {};
    parts.push(`## ${title}`, `\`${command}\`, ${date}, load average before ${loadBefore.toFixed(1)}.`, table(rows));
  };
  section("Routing", "routing", [
    [
      "",
      "hits",
      "of oracle",
      "TTFT p50",
      "TTFT p95",
      "p95 to taking turns",
      "cold, warm p50",
      "imbalance",
      "errors",
      "CPU",
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
  ]);
  if (routing.length > 0) parts.push("![Hits as a share of the oracle's, and the time to first token](routing.svg)");
  section("Overhead", "overhead", [
    ["", "p50", "p95", "requests/s", "errors", "CPU"],
    ...overhead.map((row) => [
      `${row.clients} clients, ${row.path}`,
      `${row.latencyP50Ms.toFixed(1)} ms`,
      `${row.latencyP95Ms.toFixed(1)} ms`,
      row.throughput.toFixed(0),
      String(row.errors),
      percent(row.cpu),
    ]),
  ]);
  section("Provisioning", "provisioning", [
    ["", "wall", "longest path", "one after the other", "wall to longest path"],
    ...provisioning.map((row) => [
      phaseLabel(row),
      seconds(row.wallS),
      seconds(row.longestPathS),
      seconds(row.sequentialS),
      ratio(row.wallS, row.longestPathS),
    ]),
  ]);
  section("Start-up", "startup", [
    ["", "wall", "CPU", "peak memory", "resources", "runs"],
    ...startup.map((row) => [
      row.variant,
      `${row.wallS.toFixed(2)} s`,
      `${row.cpuS.toFixed(2)} s`,
      `${row.peakMiB.toFixed(0)} MiB`,
      String(row.resources),
      String(row.runs),
    ]),
  ]);
  return `${parts.join("\n\n")}\n`;
}

/** The README with the summary of these results in its place. */
export function readmeWith(readme: string, results: Results): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the README has no lines ${BEGIN} and ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${summaryOf(results)}\n\n${readme.slice(end)}`;
}

/** As Prettier has it, by the project's settings. */
export async function formatted(text: string, file: string): Promise<string> {
  return prettier.format(text, { ...(await prettier.resolveConfig(file)), filepath: file });
}

/** Writes the page and the README's part. */
export async function writeMarkdown(results: Results): Promise<void> {
  fs.writeFileSync(PAGE, await formatted(pageOf(results), PAGE));
  if (results.routing.length === 0) return;
  fs.writeFileSync(README, await formatted(readmeWith(fs.readFileSync(README, "utf8"), results), README));
}
