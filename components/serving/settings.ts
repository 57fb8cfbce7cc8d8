import * as z from "zod";
import { modelAutoscalingSchema } from "../autoscaling/settings";
import {
  applies,
  bytes,
  chartValues,
  cpu,
  dnsLabel,
  field,
  flag,
  oneOf,
  text,
  wholeNumber,
} from "../../settings/fields";

/** Longest id. It is part of Helm release names, and the chart of the endpoint picker truncates those after 40 characters. */
export const MAX_ID_LENGTH = 20;

/**
 * Tokens per KV block that vLLM 0.10 supports on NVIDIA GPUs. `--block-size` offers more values, but CUDA kernels take
 * up to 32, and FlashAttention of the default (V1) engine needs a multiple of 16.
 */
export const BLOCK_SIZES = [16, 32] as const;

/** Numbers of GPUs for one replica: the divisors of the eight GPUs of a p4d.24xlarge node. */
export const TENSOR_PARALLEL = [1, 2, 4, 8] as const;

const PATH = "[A-Za-z0-9._-]+";
const CLAIM = "[a-z0-9]([a-z0-9.-]*[a-z0-9])?";

/** The three forms of `modelArtifacts.uri` that the llm-d-modelservice chart understands. */
const MODEL_URI = new RegExp(
  `^(hf://${PATH}/${PATH}|pvc://${CLAIM}(/${PATH})+|pvc\\+hf://${CLAIM}(/${PATH})*/${PATH}/${PATH})$`,
);

const uri = text(
  MODEL_URI,
  "Source of the weights. Default: hf:// followed by the name.",
  "hf://ORG/REPO, pvc://CLAIM/PATH or pvc+hf://CLAIM/ORG/REPO",
);

const image = text(
  /^[a-z0-9][A-Za-z0-9._:/-]*(:(?!latest(@|$))[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$/,
  "Image of the model server. Default: the lane's vLLM image.",
  'an image with a tag other than "latest", or with a digest, such as registry.example.com/vllm:v0.10.0',
);

const extraArgs = field(
  z.array(field(z.string().min(1), { description: "One argument.", expected: "one argument as text" })),
  {
    description: "More arguments of `vllm serve`, one item each.",
    expected: "a list of arguments, one item each",
  },
);

/** A second release of a model: how it differs from the first, and its share of the requests. */
const canary = field(
  z.strictObject({
    weight: field(z.number().min(0).max(100), {
      description:
        "Share of the model's requests. With 0 it gets only requests with the header `x-llm-d-release: canary`.",
      expected: "a number from 0 to 100",
      unit: "percent",
    }).default(0),
    replicas: wholeNumber(1, 256, "Replicas of the canary, in addition to those of the model.", "pods").default(1),
    uri: uri.meta({ description: "Source of the canary's weights. Default: the model's." }).optional(),
    image: image.meta({ description: "Image of the canary. Default: the model's." }).optional(),
    extraArgs: extraArgs
      .meta({ description: "Arguments of the canary, instead of the model's. Default: the model's." })
      .optional(),
    values: chartValues("Merged over the values of the canary's chart, after those of the model.").default({}),
  }),
  {
    description:
      "A second release of the model, with its own GPUs and endpoint picker. Its weight shifts requests to it (docs/upgrades.md).",
    expected: "an object with weight and the settings that differ",
  },
);

/** One model that the environment serves. */
export const modelSchema = field(
  z.strictObject({
    id: dnsLabel(
      MAX_ID_LENGTH,
      "Identifies the model in resource names and in its path on the gateway (/ID). One model may have no id.",
    ).optional(),
    name: text(
      /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$/,
      'Name that clients send as "model".',
      "the model's name such as meta-llama/Llama-3.1-8B-Instruct",
    ),
    uri: uri.optional(),
    replicas: applies(wholeNumber(1, 256, "Replicas of the model server (decode pods).", "pods"), {
      condition: { without: "./autoscaling" },
    }).default(3),
    autoscaling: modelAutoscalingSchema.optional(),
    tensorParallel: field(z.literal(TENSOR_PARALLEL), {
      description: "GPUs that one replica spans.",
      expected: oneOf(TENSOR_PARALLEL),
      unit: "GPUs",
    }).default(1),
    maxModelLen: wholeNumber(
      16,
      10_000_000,
      "Longest context: prompt and answer together. Default: the value in the model's own configuration.",
      "tokens",
    ).optional(),
    blockSize: field(z.literal(BLOCK_SIZES), {
      description: "Tokens per KV-cache block. The prefix index of the endpoint picker uses the same size.",
      expected: `${oneOf(BLOCK_SIZES)}, the sizes that vLLM supports on NVIDIA GPUs`,
      unit: "tokens",
    }).default(16),
    prefixCaching: flag("Keep the KV cache of served prefixes and reuse it.").default(true),
    chunkedPrefill: flag(
      "Split long prefills into chunks that run together with decodes. The V1 engine of vLLM 0.10 always does this.",
    ).default(false),
    gpuMemoryUtilization: field(z.number().gt(0).max(1), {
      description: "Share of each GPU's memory that the model server may use.",
      expected: "a number above 0 and up to 1",
      unit: "fraction",
    }).default(0.9),
    image: image.optional(),
    extraArgs: extraArgs.default([]),
    resources: field(
      z.strictObject({
        cpu: cpu("CPU requested for each replica.").default("8"),
        memory: bytes("Memory requested for each replica.").default("64Gi"),
      }),
      { description: "Requests of each replica besides its GPUs.", expected: "an object with cpu and memory" },
    ).prefault({}),
    artifactSize: bytes("Size limit of the volume for downloaded weights.").default("100Gi"),
    values: chartValues(
      "Merged over the values of the model's chart (llm-d-modelservice). For options without a setting.",
    ).default({}),
    startupTimeoutSeconds: wholeNumber(
      60,
      14_400,
      "How long a replica may take to become ready, with image pull, download and loading of the weights.",
      "seconds",
    ).default(1800),
    drainSeconds: wholeNumber(
      0,
      3600,
      "How long a replica may take to finish its requests before it stops. An idle replica stops at once. 0 cuts requests off.",
      "seconds",
    ).default(300),
    rollout: field(
      z.strictObject({
        maxUnavailable: wholeNumber(0, 256, "Replicas that may be unavailable at once.", "pods").default(1),
        maxSurge: wholeNumber(
          0,
          256,
          "Replicas that an update may add above the wanted number. Each needs free GPUs, or the update waits for ever.",
          "pods",
        ).default(0),
      }),
      {
        description:
          "How an update replaces replicas. The default replaces one after the other, which needs no free GPU.",
        expected: "an object with maxUnavailable and maxSurge",
      },
    ).prefault({}),
    canary: canary.optional(),
  }),
  { description: "One model.", expected: "an object with at least a name" },
);

/** One model as the schema gives it. */
export type ParsedModel = z.output<typeof modelSchema>;

/** One model that the environment serves. Every field is described in docs/configuration.md. */
export interface ModelConfig extends ParsedModel {
  /** Source of the weights: `hf://ORG/REPO`, `pvc://CLAIM/PATH` or `pvc+hf://CLAIM/ORG/REPO`. */
  uri: string;
}

/**
 * Arguments of `vllm serve` that the program sets, and the setting to use instead. The names have the form that vLLM
 * normalises to: dashes instead of underscores, and no `no-` prefix.
 */
export const RESERVED_ARGUMENTS: Readonly<Record<string, string>> = {
  "--model": "uri",
  "--served-model-name": "name",
  "--tensor-parallel-size": "tensorParallel",
  "-tp": "tensorParallel",
  "--max-model-len": "maxModelLen",
  "--block-size": "blockSize",
  "--enable-prefix-caching": "prefixCaching",
  "--enable-chunked-prefill": "chunkedPrefill",
  "--gpu-memory-utilization": "gpuMemoryUtilization",
};

/** Arguments that the chart sets, and that no setting changes. */
export const WIRED_ARGUMENTS: readonly string[] = ["--host", "--port", "--hf-token"];
