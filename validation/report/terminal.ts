import type { Progress } from "../measure";
import type { ArmResult, ModelResult, ValidationResult } from "../result";
import { milliseconds, percent, type Summary } from "../statistics";
import { table } from "./table";

const number = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 1 });

/** One line of progress. */
function progressLine({ arm, round, rounds, done, requests, errors, hitRate }: Progress): string {
  const way = arm === "gateway" ? "through the endpoint picker" : "round robin to the replicas";
  return [
    `Round ${round} of ${rounds}, ${way}: ${done} of ${requests} requests`,
    ...(hitRate === undefined ? [] : [`hit rate ${percent(hitRate)}`]),
    ...(errors === 0 ? [] : [`${errors} failed`]),
  ].join(", ");
}

/** Shows progress: in place on a terminal, otherwise a line at the start of each round and every few seconds. */
export class ProgressPrinter {
  private last = -Infinity;
  private shown = "";

  constructor(
    private readonly stream: Pick<NodeJS.WriteStream, "write" | "isTTY" | "columns">,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Shows a step, unless the last one was shown a moment ago. */
  take(progress: Progress): void {
    const place = `${progress.model} ${progress.round} ${progress.arm}`;
    const interval = this.stream.isTTY ? 100 : 5000;
    if (place === this.shown && progress.done < progress.requests && this.now() - this.last < interval) return;
    if (place === this.shown && progress.done === progress.requests && !this.stream.isTTY) return;
    this.shown = place;
    this.last = this.now();
    const line = progressLine(progress);
    if (this.stream.isTTY) this.stream.write(`\r\x1b[K${line.slice(0, (this.stream.columns ?? 80) - 1)}`);
    else this.stream.write(`${line}\n`);
  }

  /** Clears the line of a terminal. */
  end(): void {
    if (this.stream.isTTY) this.stream.write("\r\x1b[K");
  }
}

/** The outcome as a table for people. */
export function renderTerminal(result: ValidationResult): string {
  return result.models.map((model) => renderModel(model, result)).join("\n");
}

const times = ({ p50, p95 }: Summary): string => `${milliseconds(p50)} / ${milliseconds(p95)}`;
const atLeast = (share: number): string => `at least ${percent(share)}`;

/** The table of one model: the figures of both arms, and the thresholds. */
export function modelRows(model: ModelResult, { thresholds }: Pick<ValidationResult, "thresholds">): string[][] {
  const { minHitRate, minGain, minTtftImprovement, maxErrorShare } = thresholds;
  const row = (what: string, show: (arm: ArmResult) => string, required = ""): string[] => [
    what,
    show(model.gateway),
    model.control === undefined ? "-" : show(model.control),
    required,
  ];
  return [
    ["", "ENDPOINT PICKER", "ROUND ROBIN", "REQUIRED"],
    row("Hit rate, by the replicas' counters", (arm) => percent(arm.hitRate), atLeast(minHitRate)),
    row("Hit rate, by the answers' usage", (arm) => percent(arm.usage.hitRate)),
    ["Gain", percent(model.gain), "", atLeast(minGain)],
    row("Tokens from cache", ({ hits, queries }) => `${number(hits)} of ${number(queries)}`),
    row("Requests from cache", ({ usage: { requestsFromCache: hits }, requests }) =>
      hits === undefined ? "-" : `${hits} of ${requests}`,
    ),
    row("TTFT cold, p50 / p95", (arm) => times(arm.ttftCold)),
    row("TTFT warm, p50 / p95", (arm) => times(arm.ttftWarm)),
    row("TTFT improvement", (arm) => percent(arm.ttftImprovement), atLeast(minTtftImprovement)),
    row("Inter-token latency, p50 / p95", (arm) => times(arm.interTokenLatency)),
    row("Requests, tokens out per second", ({ requestsPerSecond: requests, outputTokensPerSecond: tokens }) =>
      [requests, tokens].map(number).join(", "),
    ),
    row(
      "Errors",
      ({ errorShare, requests }) => `${Math.round(errorShare * requests)} of ${requests}`,
      `at most ${percent(maxErrorShare)}`,
    ),
    row("Largest load over the mean", (arm) => (Number.isFinite(arm.imbalance) ? arm.imbalance.toFixed(2) : "-")),
  ];
}

function renderModel(model: ModelResult, result: ValidationResult): string {
  const { gateway, control } = model;
  const { rounds } = result;
  const replicas = gateway.replicas.map(({ name, requests }) => [
    `  ${name}`,
    String(requests),
    String(control?.replicas.find((other) => other.name === name)?.requests ?? "-"),
  ]);
  const lines = [
    `${model.model.name}, ${rounds} alternating ${rounds === 1 ? "round" : "rounds"}`,
    "",
    table([...modelRows(model, result), ["Requests by replica"], ...replicas]).trimEnd(),
    "",
    ...model.notes.map((note) => `Note: ${note}`),
    ...model.failures.map((failure) => `FAILED: ${failure}.`),
    ...model.diagnoses.flatMap(({ cause, seen, remedy }) => [`Diagnosis (${cause}): ${seen}`, `  ${remedy}`]),
    model.verdict === "passed"
      ? "PASSED: the endpoint picker keeps prefixes on the replicas that cache them."
      : "FAILED: this environment does not reach what is required.",
  ];
  return `${lines.join("\n")}\n`;
}

/** The outcome in a few lines: a pod's termination message has at most 4096 bytes. */
export function renderShort(result: ValidationResult): string {
  return result.models
    .map(({ model, verdict, gateway, failures, diagnoses }) =>
      [
        `${model.name}: ${verdict}, hit rate ${percent(gateway.hitRate)}, TTFT improvement ${percent(gateway.ttftImprovement)}`,
        ...failures.map((failure) => `${failure}.`),
        ...diagnoses.map(({ cause, seen, remedy }) => `Diagnosis (${cause}): ${seen} ${remedy}`),
      ].join("\n"),
    )
    .join("\n")
    .slice(0, 4000);
}

/** The results of the Tekton Task, by name. */
export function resultValues(result: ValidationResult): Record<string, string> {
  const least = (of: readonly (number | undefined)[]): string =>
    of.some((value) => value === undefined) ? "unknown" : Math.min(...of.map(Number)).toFixed(4);
  return {
    "hit-rate": least(result.models.map(({ gateway }) => gateway.hitRate)),
    "ttft-improvement": least(result.models.map(({ gateway }) => gateway.ttftImprovement)),
    verdict: result.verdict,
  };
}
