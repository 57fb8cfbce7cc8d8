import type { OutputMap } from "@pulumi/pulumi/automation";
import { openEmbedded } from "./embedded";
import { complete } from "./completion";
import { StackProgress } from "./stackProgress";
import { shellQuote, writeEnvironmentFile } from "./stack";
import type { StateFolder } from "./state";

/** How long the route may take to reach the gateway, in milliseconds. */
const FIRST_ANSWER_TIMEOUT_MS = 60_000;

const write = (text: string): void => void process.stdout.write(`${text}\n`);

/** `make local`: brings everything up, sends one request through the gateway, and prints the outputs. */
export async function up(state: StateFolder): Promise<number> {
  const began = Date.now();
  const huggingFaceToken = process.env.HF_TOKEN;
  // Child processes must not inherit it.
  delete process.env.HF_TOKEN;
  const embedded = await openEmbedded(state, { huggingFaceToken, officialCharts: process.env.CHARTS === "official" });
  write(`Control plane ready: ${embedded.supervisor.processes.map((entry) => entry.name).join(", ")}.`);
  const progress = new StackProgress(write);
  const result = await embedded.stack.up({ onEvent: progress.onEvent, color: "never" }).catch((error: unknown) => {
    throw new Error(
      `the stack did not come up; the errors are above. Nothing is removed: fix the cause and run make local again.\n` +
        `make local-status shows the pods, make local-logs their logs. (${firstLine(error)})`,
    );
  });
  write(`Stack ${progress.summary === "" ? "unchanged" : `up: ${progress.summary}`}.`);

  write("\nA completion through the gateway:");
  const url = String(result.outputs.gatewayUrl?.value);
  const [model] = result.outputs.models?.value as string[];
  const answer = await complete(
    url,
    { model: model ?? "", prompt: "Say hello.", maxTokens: 8 },
    FIRST_ANSWER_TIMEOUT_MS,
  );
  write(
    `  ${answer.status} in ${answer.milliseconds} ms from ${answer.servedBy ?? "the pool"}: ${JSON.stringify(answer.text)}`,
  );

  printOutputs(result.outputs);
  const file = writeEnvironmentFile(state, embedded.toolchain);
  write(`\nThe cluster:  . ${shellQuote(file)} && kubectl get pods -A`);
  write(`The stack:    . ${shellQuote(file)} && cd ${shellQuote(state.path("workspace"))} && pulumi preview --diff`);
  write(`Ready in ${((Date.now() - began) / 1000).toFixed(0)} s. make local-status, make local-logs, make local-down.`);
  return 0;
}

function printOutputs(outputs: OutputMap): void {
  write("\nOutputs:");
  const width = Math.max(...Object.keys(outputs).map((key) => key.length));
  for (const [key, { value, secret }] of Object.entries(outputs)) {
    if (key === "tryIt") continue;
    const text = secret ? "[secret]" : typeof value === "string" ? value : JSON.stringify(value);
    write(`  ${key.padEnd(width)}  ${text}`);
  }
  const tryIt = String(outputs.tryIt?.value);
  write(`\nTry it:\n  ${tryIt}`);
  // -N: curl shows each event at once.
  write(`Streamed:\n  ${tryIt.replace(/^curl /, "curl -N ").replace(/(-d '\{)/, '$1"stream": true, ')}`);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
