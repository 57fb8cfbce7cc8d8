import * as fs from "node:fs";
import * as os from "node:os";
import * as z from "zod";

/** A number that was measured or computed; not NaN, which JSON cannot hold. */
const figure = z.number().nonnegative();

const routing = z.strictObject({
  workload: z.string(),
  /** Whether settings were chosen on this workload ("tune"), or it was left for the report. */
  split: z.enum(["tune", "report"]),
  replicas: z.int().positive(),
  cache: z.enum(["ample", "small"]),
  policy: z.string(),
  requests: z.int().positive(),
  errors: z.int().nonnegative(),
  /** Tokens of prompts that were in a replica's KV cache, as a share of all. */
  hitRate: figure,
  /** What one cache would hit on the same requests: an infinite one with ample caches, one as large as all together with small ones. */
  oracleHitRate: figure,
  shareOfOracle: figure,
  ttftP50Ms: figure,
  ttftP95Ms: figure,
  /** Median of requests with a tenth of the prompt or less from cache, and with half or more. */
  ttftColdP50Ms: figure.optional(),
  ttftWarmP50Ms: figure.optional(),
  /** Requests a second. */
  throughput: figure,
  /** Requests of the busiest replica over the mean of all. */
  imbalance: figure,
  /** Use of the machine's CPUs while it was driven, 0 to 1, by everything that ran on it. */
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
  /** Medians; to the registration of the last resource. */
  wallS: figure,
  cpuS: figure,
  peakMiB: figure,
  resources: z.int().positive(),
  runs: z.int().positive(),
});

/** Where, when and by which command the figures of one part came about. */
const origin = z.strictObject({ date: z.string(), command: z.string(), loadBefore: figure });

/** `docs/bench/results.json`. */
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

/** A provisioning row for people: `4 models, up`. */
export function phaseLabel({ models, phase }: ProvisioningRow): string {
  return `${models} model${models === 1 ? "" : "s"}, ${phase}`;
}

/** The benchmarks, by the name of their part of the results. */
export const PARTS = ["startup", "overhead", "routing", "provisioning"] as const;
export type Part = (typeof PARTS)[number];

/** Results without a measurement yet, of this machine. */
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

/** Numbers as they are worth: four significant digits. */
function rounded<T>(value: T): T {
  if (typeof value === "number") return (Number.isInteger(value) ? value : Number(value.toPrecision(4))) as T;
  if (Array.isArray(value)) return value.map(rounded) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one as unknown)])) as T;
}

/** The results of a file, or none where there is no file; a file of another shape is an error. */
export function readResults(file: string): Results {
  return fs.existsSync(file) ? resultsSchema.parse(JSON.parse(fs.readFileSync(file, "utf8"))) : emptyResults();
}

/** Writes results, after checking that they have the shape that readers expect. */
export function writeResults(file: string, results: Results): void {
  fs.writeFileSync(file, `${JSON.stringify(rounded(resultsSchema.parse(results)), null, 2)}\n`);
}
