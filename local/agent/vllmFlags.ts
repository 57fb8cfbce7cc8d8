/**
 * The flags of `vllm serve` 0.10.0, from that release's vllm/engine/arg_utils.py, vllm/config.py and
 * vllm/entrypoints/openai/cli_args.py. With any other flag vLLM does not start, and neither does its simulated pod.
 */

/**
 * How a flag gets its value. A boolean is `--x` or `--no-x`, a switch is `--x` only, a list has one or more values, and an
 * optional has one or none.
 */
type FlagKind = "boolean" | "switch" | "int" | "float" | "string" | "json" | "list" | "optional";

/** What a flag accepts. */
export interface Flag {
  kind: FlagKind;
  /**
   * The allowed values.
   *
   * @default any value of the kind
   */
  choices?: string[];
}

const NAMES: Record<FlagKind, string> = {
  boolean: `
    allow-credentials async-scheduling calculate-kv-scales data-parallel-hybrid-lb disable-cascade-attn
    disable-chunked-mm-input disable-custom-all-reduce disable-fastapi-docs disable-frontend-multiprocessing
    disable-hybrid-kv-cache-manager disable-mm-preprocessor-cache disable-sliding-window
    disable-uvicorn-access-log enable-auto-tool-choice enable-chunked-prefill enable-eplb enable-expert-parallel
    enable-force-include-usage enable-lora enable-lora-bias enable-multimodal-encoder-data-parallel
    enable-prefix-caching enable-prompt-embeds enable-prompt-tokens-details enable-request-id-headers
    enable-server-load-tracking enable-sleep-mode enable-ssl-refresh enable-tokenizer-info-endpoint enforce-eager
    eplb-log-balancedness fully-sharded-loras guided-decoding-disable-additional-properties
    guided-decoding-disable-any-whitespace guided-decoding-disable-fallback interleave-mm-strings
    multi-step-stream-outputs ray-workers-use-nsight return-tokens-as-token-ids skip-tokenizer-init
    trust-remote-code use-tqdm-on-load`,
  switch: `
    disable-async-output-proc disable-log-requests disable-log-stats enable-prompt-adapter headless`,
  int: `
    api-server-count data-parallel-rank data-parallel-rpc-port data-parallel-size data-parallel-size-local
    data-parallel-start-rank eplb-step-interval eplb-window-size long-prefill-token-threshold
    lora-extra-vocab-size max-cpu-loras max-log-len max-logprobs max-long-partial-prefills max-lora-rank max-loras
    max-model-len max-num-batched-tokens max-num-partial-prefills max-num-seqs max-parallel-loading-workers
    max-seq-len-to-capture num-gpu-blocks-override num-lookahead-slots num-redundant-experts num-scheduler-steps
    pipeline-parallel-size port seed ssl-cert-reqs tensor-parallel-size`,
  float: `
    cpu-offload-gb gpu-memory-utilization rope-theta scheduler-delay-factor swap-space`,
  string: `
    allowed-local-media-path api-key chat-template chat-template-content-format code-revision config
    data-parallel-address data-parallel-backend download-dir generation-config hf-config-path hf-overrides host
    load-format log-config-file logits-processor-pattern middleware model otlp-traces-endpoint
    override-attention-dtype quantization reasoning-parser response-role revision root-path scheduler-cls
    show-hidden-metrics-for-version ssl-ca-certs ssl-certfile ssl-keyfile tokenizer tokenizer-revision
    tool-call-parser tool-parser-plugin worker-cls worker-extension-cls`,
  json: `
    additional-config allowed-headers allowed-methods allowed-origins compilation-config default-mm-loras
    kv-events-config kv-transfer-config limit-mm-per-prompt media-io-kwargs mm-processor-kwargs
    model-loader-extra-config override-generation-config override-neuron-config override-pooler-config
    pt-load-map-location rope-scaling speculative-config`,
  list: `
    collect-detailed-traces cuda-graph-sizes ignore-patterns lora-modules served-model-name`,
  optional: `
    hf-token`,
};

const CHOICES: Record<string, string> = {
  "block-size": "1 8 16 32 64 128",
  "config-format": "auto hf mistral",
  "distributed-executor-backend": "ray mp uni external_launcher",
  dtype: "auto half float16 bfloat16 float float32",
  "guided-decoding-backend": "auto outlines lm-format-enforcer xgrammar guidance",
  "kv-cache-dtype": "auto fp8 fp8_e4m3 fp8_e5m2 fp8_inc",
  "logprobs-mode": "raw_logprobs raw_logits processed_logprobs processed_logits",
  "lora-dtype": "auto float16 bfloat16",
  "model-impl": "auto vllm transformers",
  "preemption-mode": "swap recompute",
  "prefix-caching-hash-algo": "builtin sha256 sha256_cbor_64bit",
  "scheduling-policy": "fcfs priority",
  task: "auto generate embedding embed classify score reward transcription draft",
  "tokenizer-mode": "auto slow mistral custom",
  "uvicorn-log-level": "debug info warning error critical trace",
};

/** Flags by their long name without dashes. */
export const VLLM_FLAGS: ReadonlyMap<string, Flag> = new Map([
  ...(Object.entries(NAMES) as [FlagKind, string][]).flatMap(([kind, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name): [string, Flag] => [name, { kind }]),
  ),
  ...Object.entries(CHOICES).map(([name, choices]): [string, Flag] => [
    name,
    { kind: "string", choices: choices.split(" ") },
  ]),
]);

/** Long names of the short flags, without dashes. */
export const VLLM_SHORT_FLAGS: ReadonlyMap<string, string> = new Map([
  ["O", "compilation-config"],
  ["asc", "api-server-count"],
  ["dp", "data-parallel-size"],
  ["dpa", "data-parallel-address"],
  ["dpb", "data-parallel-backend"],
  ["dpl", "data-parallel-size-local"],
  ["dpn", "data-parallel-rank"],
  ["dpp", "data-parallel-rpc-port"],
  ["dpr", "data-parallel-start-rank"],
  ["pp", "pipeline-parallel-size"],
  ["q", "quantization"],
  ["tp", "tensor-parallel-size"],
]);
