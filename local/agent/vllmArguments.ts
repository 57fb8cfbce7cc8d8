/**
 * Translates the arguments of a vLLM container to arguments of the simulator. They are parsed as vLLM 0.10.0 does (Python's
 * argparse with vLLM's additions). Arguments that vLLM refuses are refused with its message and exit code.
 */
import * as path from "node:path";

import { type Flag, VLLM_FLAGS, VLLM_SHORT_FLAGS } from "./vllmFlags";

/** The program would end at once, with this message and exit code. */
export class RefusedArguments extends Error {
  constructor(
    message: string,
    readonly exitCode = 2,
  ) {
    super(message);
  }
}

/** The parsed arguments of a vLLM server. */
interface VllmServer {
  model: string;
  /** Values by long flag name; "true" or "false" for a boolean. */
  flags: Map<string, string[]>;
}

/** Tokens in one replica's KV cache: an 8B model in 16 bits on 90 % of an A100-40GB, at 128 KiB for each token. */
const KV_CACHE_TOKENS = 160_000;
/** Most tokens of a request by default. vLLM reads them from the model, which does not exist here. */
const DEFAULT_MAX_MODEL_LEN = "32768";
/** vLLM 0.10.0's own default for an API server on an A100 (EngineArgs, UsageContext.OPENAI_API_SERVER). */
const DEFAULT_MAX_NUM_SEQS = "256";
/** vLLM's default model, EngineArgs.model. */
const DEFAULT_MODEL = "Qwen/Qwen3-0.6B";
/** Times with which a cached prefix is clearly faster: 20 ms, 1 ms for each uncached token, then 5 ms for each new token. */
const TIMES = ["--prefill-overhead", "20ms", "--prefill-time-per-token", "1ms", "--inter-token-latency", "5ms"];
/** Block sizes that the simulator supports; vLLM also supports 1. */
const SIMULATED_BLOCK_SIZES = ["8", "16", "32", "64", "128"];
/** Flags with the same meaning in the simulator. */
const SAME_VALUE = ["port", "max-loras", "max-cpu-loras", "seed", "ssl-certfile", "ssl-keyfile"];

/**
 * The simulator's arguments for a container's command and args.
 *
 * @throws RefusedArguments when vLLM would end at once, or the simulator does not support a value
 */
export function simulatorArguments(command: string[], args: string[]): string[] {
  const { model, flags } = parseVllm(command, args);
  const value = (name: string): string | undefined => flags.get(name)?.at(-1);
  const blockSize = value("block-size") ?? "16";
  if (!SIMULATED_BLOCK_SIZES.includes(blockSize)) {
    throw new RefusedArguments(
      `the simulator does not support blocks of ${blockSize} tokens, only ${SIMULATED_BLOCK_SIZES}`,
      1,
    );
  }
  const blocks = value("num-gpu-blocks-override") ?? String(Math.floor(KV_CACHE_TOKENS / Number(blockSize)));
  return [
    "--model",
    model,
    ...several("served-model-name", flags.get("served-model-name")),
    ...SAME_VALUE.flatMap((name) => several(name, flags.get(name)?.slice(-1))),
    "--max-model-len",
    wholeNumber(value("max-model-len") ?? DEFAULT_MAX_MODEL_LEN),
    "--max-num-seqs",
    value("max-num-seqs") ?? DEFAULT_MAX_NUM_SEQS,
    "--block-size",
    blockSize,
    ...several("lora-modules", flags.get("lora-modules")?.map(loraModule)),
    ...(value("enable-request-id-headers") === "true" ? ["--enable-request-id-headers"] : []),
    // In vLLM's engine V1 prefix caching is on by default.
    ...(value("enable-prefix-caching") === "false" ? [] : ["--enable-kvcache", "--kv-cache-size", blocks]),
    "--force-dummy-tokenizer",
    "--zmq-endpoint",
    "",
    ...TIMES,
  ];
}

/**
 * Parses a container's command and args as vLLM does.
 *
 * @throws RefusedArguments when vLLM would end at once
 */
export function parseVllm(command: string[], args: string[]): VllmServer {
  const words = [...command, ...args];
  // The image's own entrypoint is the API server's module.
  if (command.length === 0) return parseServer(words, "api_server.py");
  const first = path.basename(words[0] ?? "");
  if (/^python3?$/.test(first) && words[1] === "-m" && words[2] === "vllm.entrypoints.openai.api_server") {
    return parseServer(words.slice(3), "api_server.py");
  }
  if (first === "vllm" && words[1] === "serve") return parseServer(words.slice(2), "vllm");
  throw new RefusedArguments(
    `cannot run ${JSON.stringify(words[0])} here: the simulator replaces only "vllm serve" and the image's entrypoint`,
    127,
  );
}

function parseServer(words: string[], program: "vllm" | "api_server.py"): VllmServer {
  const flags = new Map<string, string[]>();
  const unrecognized: string[] = [];
  let positional: string | undefined;
  const fail = (message: string): never => {
    throw new RefusedArguments(`${program}: error: ${message}`);
  };
  if (program === "vllm" && words.includes("--model")) {
    throw new RefusedArguments(
      "ValueError: With `vllm serve`, you should provide the model as a positional argument or in a config file instead of via the `--model` option.",
      1,
    );
  }
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (!isFlag(word)) {
      // The first positional argument is the model; vLLM does not accept another one.
      if (positional === undefined) positional = word;
      else unrecognized.push(word);
      continue;
    }
    const [given, attached] = word.startsWith("-O") && word.length > 2 ? ["-O", word.slice(2)] : cut(word);
    const [found, ...others] = matchesOf(given);
    if (found === undefined) {
      unrecognized.push(word);
      continue;
    }
    if (others.length > 0) {
      const spellings = [found, ...others].map(({ spelling }) => `--${spelling}`).join(", ");
      fail(`ambiguous option: ${given} could match ${spellings}`);
    }
    const { name, flag, negated } = found;
    const label = flag.kind === "boolean" ? `--${name}/--no-${name}` : `--${name}`;
    if (flag.kind === "boolean" || flag.kind === "switch") {
      if (attached !== undefined) fail(`argument ${label}: ignored explicit argument '${attached}'`);
      flags.set(name, [negated ? "false" : "true"]);
      continue;
    }
    const values: string[] = attached === undefined ? [] : [attached];
    const most = flag.kind === "list" ? Infinity : 1;
    while (attached === undefined && values.length < most && i + 1 < words.length && !isFlag(words[i + 1] ?? "")) {
      values.push(words[++i] ?? "");
    }
    if (values.length === 0 && flag.kind !== "optional") {
      fail(`argument ${label}: expected ${flag.kind === "list" ? "at least one argument" : "one argument"}`);
    }
    // The value of a part, as in `--json-arg.key value`, can be any text.
    const problem = given.includes(".") ? undefined : values.map((value) => problemOf(name, flag, value)).find(Boolean);
    if (problem !== undefined) fail(`argument ${label}: ${problem}`);
    flags.set(name, values);
  }
  if (unrecognized.length > 0) fail(`unrecognized arguments: ${unrecognized.join(" ")}`);
  // The module accepts a positional model too, but ignores it.
  const named = flags.get("model")?.[0];
  return { model: (program === "vllm" ? (positional ?? named) : named) ?? DEFAULT_MODEL, flags };
}

/** The flags that an argument can mean: one flag, or each flag that begins like it. */
function matchesOf(given: string): { spelling: string; name: string; flag: Flag; negated: boolean }[] {
  if (!given.startsWith("--")) {
    const name = VLLM_SHORT_FLAGS.get(given.slice(1)) ?? "";
    const flag = VLLM_FLAGS.get(name);
    return flag === undefined ? [] : [{ spelling: name, name, flag, negated: false }];
  }
  // --a_b means --a-b, and --json-arg.key is a part of --json-arg.
  const [wanted = ""] = given.slice(2).replaceAll("_", "-").split(".");
  const spellings = [...VLLM_FLAGS].flatMap(([name, flag]) => [
    { spelling: name, name, flag, negated: false },
    ...(flag.kind === "boolean" ? [{ spelling: `no-${name}`, name, flag, negated: true }] : []),
  ]);
  const exact = spellings.find(({ spelling }) => spelling === wanted);
  return exact === undefined ? spellings.filter(({ spelling }) => spelling.startsWith(wanted)) : [exact];
}

/** argparse's message for a value that a flag does not accept. */
function problemOf(name: string, { kind, choices }: Flag, value: string): string | undefined {
  if (choices !== undefined && !choices.includes(value)) {
    return `invalid choice: '${value}' (choose from ${choices.join(", ")})`;
  }
  const unit = name === "max-model-len" || name === "max-num-batched-tokens" ? "[kKmMgG]?" : "";
  if (kind === "int" && !new RegExp(`^\\s*[+-]?\\d+(\\.\\d+(?=[kmg]))?${unit}\\s*$`).test(value)) {
    return `invalid int value: '${value}'`;
  }
  if (kind === "float" && (value.trim() === "" || Number.isNaN(Number(value))))
    return `invalid float value: '${value}'`;
  return kind === "json" && !isJson(value) ? `Value ${value} cannot be converted to <function loads>.` : undefined;
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

/** Like argparse, treats a negative number as a value and not as a flag. */
function isFlag(word: string): boolean {
  return word.length > 1 && word.startsWith("-") && !/^-\d+(\.\d+)?$/.test(word);
}

function cut(word: string): [string, string | undefined] {
  const at = word.indexOf("=");
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function several(name: string, values: string[] | undefined): string[] {
  return values === undefined || values.length === 0 ? [] : [`--${name}`, ...values];
}

/** In vLLM 32k means 32000, and 32K means 32768. */
function wholeNumber(value: string): string {
  const factors: Record<string, number> = { k: 1e3, m: 1e6, g: 1e9, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };
  const factor = factors[value.trim().slice(-1)];
  return factor === undefined ? value : String(Math.trunc(parseFloat(value) * factor));
}

/** vLLM accepts name=path and JSON; the simulator accepts only JSON. */
function loraModule(value: string): string {
  const [name, folder] = cut(value);
  return value.trim().startsWith("{") || folder === undefined ? value : JSON.stringify({ name, path: folder });
}
