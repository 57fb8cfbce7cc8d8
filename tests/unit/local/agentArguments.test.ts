import * as assert from "node:assert/strict";

import { parseVllm, RefusedArguments, simulatorArguments } from "../../../local/agent/vllmArguments";
import { VLLM_FLAGS } from "../../../local/agent/vllmFlags";

const SERVE = ["vllm", "serve"];

function valueOf(args: string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at < 0 ? undefined : args[at + 1];
}

describe("vLLM arguments for the simulator", () => {
  it("include every flag of vLLM 0.10.0", () => {
    assert.equal(VLLM_FLAGS.size, 158);
    for (const name of ["enable-prefix-caching", "block-size", "max-model-len", "gpu-memory-utilization"]) {
      assert.ok(VLLM_FLAGS.has(name), name);
    }
  });

  it("are passed on when the simulator has the same option, and dropped otherwise", () => {
    const args = simulatorArguments(SERVE, [
      "org/model",
      "--port=8200",
      "--served-model-name",
      "a",
      "b",
      "--tensor-parallel-size",
      "2",
      "--hf-token",
      "hf_secret",
      "--max_model_len",
      "32k",
      "--block-size",
      "32",
      "--enable-prefix-caching",
      "--no-enable-chunked-prefill",
    ]);
    assert.deepEqual(args, [
      ...["--model", "org/model", "--served-model-name", "a", "b", "--port", "8200", "--max-model-len", "32000"],
      ...["--max-num-seqs", "256", "--block-size", "32", "--enable-kvcache", "--kv-cache-size", "5000"],
      ...["--force-dummy-tokenizer", "--zmq-endpoint", "", "--prefill-overhead", "20ms"],
      ...["--prefill-time-per-token", "1ms", "--inter-token-latency", "5ms"],
    ]);
  });

  it("turn prefix caching on by default, as vLLM does", () => {
    assert.ok(simulatorArguments(SERVE, ["m"]).includes("--enable-kvcache"));
    assert.ok(!simulatorArguments(SERVE, ["m", "--no-enable-prefix-caching"]).includes("--enable-kvcache"));
  });

  it("are read for the image's own entrypoint too, which gets the model by flag", () => {
    assert.equal(parseVllm([], ["--model", "org/model"]).model, "org/model");
    const python = ["python3", "-m", "vllm.entrypoints.openai.api_server"];
    assert.equal(parseVllm(python, ["--model=org/model"]).model, "org/model");
  });

  it("can be abbreviations, short flags and parts of JSON, as with vLLM", () => {
    const { flags } = parseVllm(SERVE, [
      ...["m", "-tp", "4", "--max-model", "100", "-O3", "--kv-transfer-config.kv_role", "kv_both", "--seed", "-1"],
    ]);
    assert.deepEqual(flags.get("tensor-parallel-size"), ["4"]);
    assert.deepEqual(flags.get("max-model-len"), ["100"]);
    assert.deepEqual(flags.get("compilation-config"), ["3"]);
    assert.deepEqual(flags.get("seed"), ["-1"]);
  });

  it("contain adapters as JSON", () => {
    const args = simulatorArguments(SERVE, ["m", "--lora-modules", "food=/adapters/food"]);
    assert.equal(valueOf(args, "--lora-modules"), '{"name":"food","path":"/adapters/food"}');
  });

  const refused: [string, string[], string[], number, string][] = [
    ["an unknown flag", SERVE, ["m", "--fast"], 2, "vllm: error: unrecognized arguments: --fast"],
    ["several unknown flags", SERVE, ["m", "--a1", "--b1=2"], 2, "vllm: error: unrecognized arguments: --a1 --b1=2"],
    [
      "an unknown flag of the API server's module",
      [],
      ["--fast"],
      2,
      "api_server.py: error: unrecognized arguments: --fast",
    ],
    ["a second model", SERVE, ["m", "n"], 2, "vllm: error: unrecognized arguments: n"],
    [
      "a value for a flag without values",
      SERVE,
      ["m", "--enable-prefix-caching=true"],
      2,
      "vllm: error: argument --enable-prefix-caching/--no-enable-prefix-caching: ignored explicit argument 'true'",
    ],
    [
      "a wrong choice",
      SERVE,
      ["m", "--block-size", "24"],
      2,
      "vllm: error: argument --block-size: invalid choice: '24' (choose from 1, 8, 16, 32, 64, 128)",
    ],
    [
      "a value that is not a number",
      SERVE,
      ["m", "--port", "x"],
      2,
      "vllm: error: argument --port: invalid int value: 'x'",
    ],
    ["a missing value", SERVE, ["m", "--port"], 2, "vllm: error: argument --port: expected one argument"],
    [
      "an ambiguous abbreviation",
      SERVE,
      ["m", "--max-lo", "1"],
      2,
      "vllm: error: ambiguous option: --max-lo could match --max-logprobs, --max-long-partial-prefills, --max-lora-rank, --max-loras, --max-log-len",
    ],
    [
      "another program",
      ["/bin/sh", "-c"],
      ["vllm serve m"],
      127,
      'cannot run "/bin/sh" here: the simulator replaces only "vllm serve" and the image\'s entrypoint',
    ],
    [
      "the model by flag to vllm serve",
      SERVE,
      ["--model", "m"],
      1,
      "ValueError: With `vllm serve`, you should provide the model as a positional argument or in a config file instead of via the `--model` option.",
    ],
    [
      "blocks of one token",
      SERVE,
      ["m", "--block-size", "1"],
      1,
      "the simulator does not support blocks of 1 tokens, only 8,16,32,64,128",
    ],
  ];
  for (const [what, command, args, exitCode, message] of refused) {
    it(`are refused: ${what}`, () => {
      assert.throws(
        () => simulatorArguments(command, args),
        (error: unknown) => {
          assert.ok(error instanceof RefusedArguments);
          assert.equal(error.exitCode, exitCode);
          const words = (text: string): string[] => text.split(/[\s,]+/).sort();
          assert.deepEqual(words(error.message), words(message));
          return true;
        },
      );
    });
  }
});
