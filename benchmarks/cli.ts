import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { checkPrivileges } from "../local/prerequisites";
import { PROJECT_ROOT } from "../local/state";
import { closeConnections } from "../validation/client/endpoint";
import { chartOf } from "./chart";
import { tableOf, writeMarkdown } from "./report";
import { benchmarkOverhead } from "./overhead";
import { benchmarkProvisioning } from "./provisioning";
import {
  type BenchmarkOptions,
  emptyResults,
  PARTS,
  type Part,
  readResults,
  type Results,
  writeResults,
} from "./results";
import { benchmarkRouting } from "./routing";
import { benchmarkStartup } from "./startup";

/**
 * `make bench [ONLY=part] [SHORT=1] [TUNE=1]`: measures, prints tables and writes docs/bench/results.json. SHORT and TUNE
 * write .local-bench.json instead, because their figures are not for the documentation.
 */

const FOLDER = path.join(PROJECT_ROOT, "docs", "bench");
const log = (line: string): void => void process.stdout.write(`${line}\n`);

/** The benchmarks, by the part of the results that they measure. */
const BENCHMARKS: { readonly [P in Part]: (options: BenchmarkOptions<P>) => Promise<void> } = {
  startup: benchmarkStartup,
  overhead: benchmarkOverhead,
  routing: benchmarkRouting,
  provisioning: benchmarkProvisioning,
};

async function measure<P extends Part>(
  part: P,
  results: Results,
  options: Omit<BenchmarkOptions<P>, "onRows">,
  save: () => void,
): Promise<void> {
  const onRows = (rows: Results[P]): void => {
    results[part] = rows;
    save();
  };
  await BENCHMARKS[part]({ ...options, onRows });
}

async function main(): Promise<void> {
  const short = (process.env.SHORT ?? "") !== "";
  const tune = (process.env.TUNE ?? "") !== "";
  const only = process.env.ONLY ?? "";
  const parts = PARTS.filter((part) => only === "" || only.split(",").includes(part));
  if (parts.length === 0) throw new Error(`no benchmark ${only}; there are ${PARTS.join(", ")}`);
  if (parts.some((part) => part !== "startup")) {
    const problem = checkPrivileges();
    if (problem !== undefined) throw new Error(problem);
  }
  const kept = !short && !tune;
  const file = kept ? path.join(FOLDER, "results.json") : path.join(PROJECT_ROOT, ".local-bench.json");
  fs.mkdirSync(FOLDER, { recursive: true });
  // Parts that are not measured this time keep their figures and their date.
  const results = kept ? { ...readResults(file), machine: emptyResults().machine } : emptyResults();
  const flags = [only === "" ? "" : `ONLY=${only}`, short ? "SHORT=1" : "", tune ? "TUNE=1" : ""].filter(Boolean);
  for (const part of parts) {
    log(`\n${part}`);
    const loadBefore = os.loadavg()[0] ?? 0;
    const save = (): void => {
      const date = `${new Date().toISOString().slice(0, 16)}Z`;
      results.origins[part] = { date, command: ["make bench", ...flags].join(" "), loadBefore };
      writeResults(file, results);
    };
    await measure(part, results, { short, tune, log }, save);
  }
  if (kept) {
    // Read back with fewer digits, so that the pages can be made from the file again without a difference.
    const written = readResults(file);
    if (written.routing.length > 0) fs.writeFileSync(path.join(FOLDER, "routing.svg"), chartOf(written.routing));
    await writeMarkdown(written);
  }
  const { cpus, model, memoryGiB, node } = results.machine;
  log(`\n${tableOf(results)}\n\n${cpus} CPUs (${model}), ${memoryGiB} GiB, Node.js ${node}; written to ${file}`);
}

main().then(closeConnections, (error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
