/** Samples of exporters that the embedded environment does not run, by their scrape job. */
import * as fs from "node:fs";
import * as path from "node:path";
import { PROJECT_ROOT } from "../../../local/state";
import { type Job, JOBS } from "../../../monitoring";

/** Samples of vLLM: one for each change of metric names. */
export const VLLM_SAMPLES = ["vllm-0.8", "vllm-0.10", "vllm-later"] as const;

const own = (name: string): string => path.join(__dirname, "samples", `${name}.prom`);

/** The files by job. The simulated DCGM exporter serves the one of job dcgm-exporter. */
export const SAMPLES: Partial<Readonly<Record<Job, readonly string[]>>> = {
  [JOBS.modelServers]: VLLM_SAMPLES.map(own),
  [JOBS.dcgm]: [path.join(PROJECT_ROOT, "local", "simulators", "dcgmExporter", "metrics.prom")],
  [JOBS.kubelet]: [own("kubelet")],
};

/** One line of a sample. */
export interface SampleLine {
  readonly name: string;
  /** The text between the braces. */
  readonly labels: string;
  readonly value: number;
}

/** A sample in Prometheus' text format. */
export interface Sample {
  /** Kind by declared name. A histogram's series have that name with a suffix. */
  readonly kinds: ReadonlyMap<string, string>;
  readonly lines: readonly SampleLine[];
}

/**
 * Reads a sample.
 *
 * @throws Error if a line is not in Prometheus' text format.
 */
export function readSample(file: string): Sample {
  const kinds = new Map<string, string>();
  const lines: SampleLine[] = [];
  for (const line of fs.readFileSync(file, "utf8").split("\n")) {
    const [, declared, kind] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (declared !== undefined && kind !== undefined) kinds.set(declared, kind);
    if (line === "" || line.startsWith("#")) continue;
    const [, name, labels, value] = /^([A-Za-z_:][\w:]*)\{([^}]*)\} (\S+)$/.exec(line) ?? [];
    if (name === undefined || labels === undefined || !Number.isFinite(Number(value))) {
      throw new Error(`${path.basename(file)}: not a line of metrics: ${line}`);
    }
    lines.push({ name, labels, value: Number(value) });
  }
  return { kinds, lines };
}

/** The sample of a version of vLLM. */
export function vllmSample(version: (typeof VLLM_SAMPLES)[number]): Sample {
  return readSample(own(version));
}
