import * as fs from "node:fs";
import * as os from "node:os";
import * as z from "zod";

/** A measured or computed number. It cannot be NaN, which JSON does not have. */
const figure = z.number().nonnegative();

const routing = z.strictObject({
  workload: z.string(),
  /** "tune" if settings were chosen on this workload, "report" if it is only reported. */
  split: z.enum(["tune", "report"]),
  replicas: z.int().positive(),
  cache: z.enum(["ample", "small"]),
  policy: z.string(),
  requests: z.int().positive(),
  errors: z.int().nonnegative(),
  /** Share of the prompts' tokens that were in a replica's KV cache. */
  hitRate: figure,
  /** Hit rate of one cache on the same requests: infinite for ample caches, as large as all replicas' for small ones. */
  oracleHitRate: figure,
  shareOfOracle: figure,
  ttftP50Ms: figure,
  ttftP95Ms: figure,
  /** Median of requests with at most a tenth of the prompt from cache. */
  ttftColdP50Ms: figure.optional(),
  /** Median of requests with at least half of the prompt from cache. */
  ttftWarmP50Ms: figure.optional(),
  /** Requests per second. */
  throughput: figure,
  /** Requests of the busiest replica over the mean of all. */
  imbalance: figure,
  /** Use of the machine's CPUs by all processes, 0 to 1. */
  cpu: figure,
});

const overhead = z.strictObject({
  clients: z.int().positive(),
  path: z.enum(["direct", "gateway"]),
  requests: z.int().positive(),
  errors: z.int().nonnegative(),
  latencyP50Ms: figure,
  latencyP95Ms: figure,
  throughput: figure,
  cpu: figure,
});

const provisioning = z.strictObject({
  phase: z.enum(["up", "preview", "update", "destroy"]),
  models: z.int().positive(),
  wallS: figure,
  longestPathS: figure,
  sequentialS: figure,
  /** The resources of the longest path, first to last. */
  longestPath: z.array(z.string()),
});

const startup = z.strictObject({
  variant: z.string(),
  /** Median time until the last resource was registered. */
  wallS: figure,
  cpuS: figure,
  peakMiB: figure,
  resources: z.int().positive(),
  runs: z.int().positive(),
});

/** When and with which command one part was measured. */
const origin = z.strictObject({ date: z.string(), command: z.string(), loadBefore: figure });

/** The shape of `docs/bench/results.json`. */
export const resultsSchema = z.strictObject({
  machine: z.strictObject({
    cpus: z.int().positive(),
    model: z.string(),
    memoryGiB: figure,
    kernel: z.string(),
    node: z.string(),
  }),
  origins: z.record(z.string(), origin),
  routing: z.array(routing),
  overhead: z.array(overhead),
  provisioning: z.array(provisioning),
  startup: z.array(startup),
});

export type Results = z.output<typeof resultsSchema>;
export type RoutingRow = z.output<typeof routing>;
export type OverheadRow = z.output<typeof overhead>;
export type ProvisioningRow = z.output<typeof provisioning>;
export type StartupRow = z.output<typeof startup>;

/** The label of a provisioning row: `4 models, up`. */
export function phaseLabel({ models, phase }: ProvisioningRow): string {
  return `${models} model${models === 1 ? "" : "s"}, ${phase}`;
}

/** The benchmarks. Each is a part of the results with the same name. */
export const PARTS = ["startup", "overhead", "routing", "provisioning"] as const;
export type Part = (typeof PARTS)[number];

/** Options of a benchmark. */
export interface BenchmarkOptions<P extends Part> {
  /** Fewer requests or rounds, for a quick look. */
  readonly short: boolean;
  /** Compare the candidates for the default settings, on the workloads for tuning. Only for routing. */
  readonly tune: boolean;
  readonly log: (line: string) => void;
  /** Takes all rows so far. A long benchmark calls it several times, so that an interrupted run keeps them. */
  readonly onRows: (rows: Results[P]) => void;
}

/** Results of this machine without any measurement. */
export function emptyResults(): Results {
  return {
    machine: {
      cpus: os.cpus().length,
      model: os.cpus()[0]?.model ?? "unknown",
      memoryGiB: Math.round(os.totalmem() / 2 ** 30),
      kernel: `${os.type()} ${os.release()}`,
      node: process.version,
    },
    origins: {},
    routing: [],
    overhead: [],
    provisioning: [],
    startup: [],
  };
}

/** Rounds all numbers to four significant digits; more are noise. */
function rounded<T>(value: T): T {
  if (typeof value === "number") return (Number.isInteger(value) ? value : Number(value.toPrecision(4))) as T;
  if (Array.isArray(value)) return value.map(rounded) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one as unknown)])) as T;
}

/**
 * Reads results from a file; without the file they are empty.
 *
 * @throws Error if the file has another shape
 */
export function readResults(file: string): Results {
  return fs.existsSync(file) ? resultsSchema.parse(JSON.parse(fs.readFileSync(file, "utf8"))) : emptyResults();
}

/**
 * Writes results to a file.
 *
 * @throws Error if they do not have the shape that readers expect
 */
export function writeResults(file: string, results: Results): void {
  fs.writeFileSync(file, `${JSON.stringify(rounded(resultsSchema.parse(results)), null, 2)}\n`);
}
