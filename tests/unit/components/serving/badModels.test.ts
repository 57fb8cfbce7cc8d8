import * as assert from "node:assert/strict";
import type { RawConfig } from "../../../../stacks/config";
import { lines, model, parse, problemsOf } from "../../../support/configurations";

const LABEL_20 =
  'lower-case letters, digits and "-", at most 20 characters, starting and ending with a letter or digit';
const NAME = "meta-llama/Llama-3.1-8B-Instruct";
const TOKEN_ADVICE =
  "contains a text that looks like a Hugging Face token; remove it, revoke it, and run: pulumi config set --secret llm-d:huggingFaceToken";

/** What is changed in a good configuration, and everything that is then reported. */
const TABLE: [name: string, change: RawConfig, ...reported: string[]][] = [
  ["no models", { models: undefined }, "models: is missing; write a list of at least one model, each with a name"],
  [
    "empty models",
    { models: [] },
    "models: a list is not allowed; write a list of at least one model, each with a name",
  ],
  [
    "models no list",
    { models: { name: NAME } },
    "models: an object is not allowed; write a list of at least one model, each with a name",
  ],
  ["model no object", { models: [NAME] }, `models[0]: "${NAME}" is not allowed; write an object with at least a name`],
  [
    "model without name",
    { models: [{ replicas: 2 }] },
    "models[0].name: is missing; write the model's name such as meta-llama/Llama-3.1-8B-Instruct",
  ],
  [
    "model name with a space",
    model({ name: "my model" }),
    `models[0].name: "my model" is not allowed; write the model's name such as meta-llama/Llama-3.1-8B-Instruct`,
  ],
  ["misspelt model key", model({ replica: 2 }), "models[0].replica: is not a setting; did you mean replicas?"],
  ["swapped letters", model({ blokcSize: 16 }), "models[0].blokcSize: is not a setting; did you mean blockSize?"],
  ["no replicas", model({ replicas: 0 }), "models[0].replicas: 0 is not allowed; write a whole number from 1 to 256"],
  [
    "half a replica",
    model({ replicas: 1.5 }),
    "models[0].replicas: 1.5 is not allowed; write a whole number from 1 to 256",
  ],
  [
    "replicas as text",
    model({ replicas: "3" }),
    'models[0].replicas: "3" is not allowed; write a whole number from 1 to 256',
  ],
  ["three GPUs", model({ tensorParallel: 3 }), "models[0].tensorParallel: 3 is not allowed; write 1, 2, 4 or 8"],
  [
    "block size of other devices",
    model({ blockSize: 8 }),
    "models[0].blockSize: 8 is not allowed; write 16 or 32, the sizes that vLLM supports on NVIDIA GPUs",
  ],
  [
    "negative context",
    model({ maxModelLen: -1 }),
    "models[0].maxModelLen: -1 is not allowed; write a whole number from 16 to 10000000",
  ],
  [
    "more than all memory",
    model({ gpuMemoryUtilization: 90 }),
    "models[0].gpuMemoryUtilization: 90 is not allowed; write a number above 0 and up to 1",
  ],
  [
    "switch as text",
    model({ prefixCaching: "yes" }),
    'models[0].prefixCaching: "yes" is not allowed; write true or false',
  ],
  ["null", model({ chunkedPrefill: null }), "models[0].chunkedPrefill: null is not allowed; write true or false"],
  [
    "uri of another kind",
    model({ uri: "s3://bucket/model" }),
    'models[0].uri: "s3://bucket/model" is not allowed; write hf://ORG/REPO, pvc://CLAIM/PATH or pvc+hf://CLAIM/ORG/REPO',
  ],
  [
    "hf uri without repository",
    model({ uri: "hf://llama" }),
    'models[0].uri: "hf://llama" is not allowed; write hf://ORG/REPO, pvc://CLAIM/PATH or pvc+hf://CLAIM/ORG/REPO',
  ],
  [
    "no uri to derive",
    model({ name: "llama" }),
    'models[0].uri: is missing, and the name "llama" is not a Hugging Face repository (ORG/REPO); write hf://ORG/REPO, pvc://CLAIM/PATH or pvc+hf://CLAIM/ORG/REPO',
  ],
  [
    "floating image",
    model({ image: "vllm/vllm-openai:latest" }),
    'models[0].image: "vllm/vllm-openai:latest" is not allowed; write an image with a tag other than "latest", or with a digest, such as registry.example.com/vllm:v0.10.0',
  ],
  [
    "image without tag",
    model({ image: "registry.example.com:5000/vllm" }),
    'models[0].image: "registry.example.com:5000/vllm" is not allowed; write an image with a tag other than "latest", or with a digest, such as registry.example.com/vllm:v0.10.0',
  ],
  [
    "memory without unit",
    model({ resources: { memory: 64 } }),
    "models[0].resources.memory: 64 is not allowed; write a quantity of bytes with its unit such as 512Mi or 64Gi",
  ],
  [
    "no cpu",
    model({ resources: { cpu: 0 } }),
    'models[0].resources.cpu: 0 is not allowed; write a CPU quantity above zero such as 500m, "2" or "0.5"',
  ],
  [
    "GPUs as a resource",
    model({ resources: { "nvidia.com/gpu": 8 } }),
    'models[0].resources["nvidia.com/gpu"]: is not a setting; write one of cpu or memory, or remove it',
  ],
  [
    "values no object",
    model({ values: "a: b" }),
    'models[0].values: "a: b" is not allowed; write an object of Helm values',
  ],
  [
    "impatient",
    model({ startupTimeoutSeconds: 5 }),
    "models[0].startupTimeoutSeconds: 5 is not allowed; write a whole number from 60 to 14400",
  ],
  [
    "no way to roll",
    model({ rollout: { maxUnavailable: 0 } }),
    "models[0].rollout: lets an update neither remove nor add a replica, so no update ever begins; write maxUnavailable: 1, or maxSurge: 1 if GPUs are free",
  ],
  [
    "a canary with an argument that has a setting",
    model({ canary: { extraArgs: ["--block-size=32"] } }),
    'models[0].canary.extraArgs[0]: "--block-size" is set from models[0].blockSize; remove it and set that key instead',
  ],
  [
    "more than all requests",
    model({ canary: { weight: 101 } }),
    "models[0].canary.weight: 101 is not allowed; write a number from 0 to 100",
  ],
  // Ids
  [
    "id of another's canary",
    model({ id: "small-canary" }),
    'models[0].id: "small-canary" would give this model the resource names of another model\'s canary; write another id',
  ],
  ["id with dot", model({ id: "llama.8b" }), `models[0].id: "llama.8b" is not allowed; write ${LABEL_20}`],
  ["long id", model({ id: "a".repeat(21) }), `models[0].id: "${"a".repeat(21)}" is not allowed; write ${LABEL_20}`],
  [
    "id that is a path of the model server",
    model({ id: "v1" }),
    `models[0].id: "v1" is a path of the model server's API (/v1); write another id`,
  ],
  [
    "id that changes the chart's names",
    model({ id: "llm-d-modelservice" }),
    'models[0].id: "llm-d-modelservice" would give this model the resource names of the model without id; write another id',
  ],
  [
    "two models without id",
    { models: [{ name: NAME }, { name: "a/b" }] },
    "models[1].id: is missing, and models[0] has none either; write an id, because only one model may have none",
  ],
  [
    "the same id twice",
    { models: [{ name: NAME, id: "chat" }, { name: "a/b" }, { name: "c/d", id: "chat" }] },
    'models[2].id: "chat" is also the id of models[0]; write another id',
  ],
  [
    "the same name twice",
    { models: [{ name: NAME }, { name: NAME, id: "chat" }] },
    `models[1].name: "${NAME}" is also the name of models[0]; write another name, because clients choose the model by it`,
  ],
  // Arguments of the model server
  [
    "argument that has a setting",
    model({ extraArgs: ["--max-num-seqs", "64", "--block-size=32"] }),
    'models[0].extraArgs[2]: "--block-size" is set from models[0].blockSize; remove it and set that key instead',
  ],
  [
    "the same, spelt with underscores and negated",
    model({ extraArgs: ["--no-enable_prefix_caching"] }),
    'models[0].extraArgs[0]: "--no-enable_prefix_caching" is set from models[0].prefixCaching; remove it and set that key instead',
  ],
  [
    "argument of the wiring",
    model({ extraArgs: ["--port", "9000"] }),
    'models[0].extraArgs[0]: "--port" is set by the chart; remove it',
  ],
  [
    "two arguments in one",
    model({ extraArgs: ["--max-num-seqs 64"] }),
    'models[0].extraArgs[0]: "--max-num-seqs 64" is two arguments in one item; write two items, or --max-num-seqs=VALUE',
  ],
  [
    "number as argument",
    model({ extraArgs: ["--seed", 1] }),
    "models[0].extraArgs[1]: 1 is not allowed; write one argument as text",
  ],
  [
    "token as environment variable",
    model({ values: { decode: { containers: [{ env: [{ name: "HF_TOKEN", value: "hf_abcdefgh12345678" }] }] } } }),
    `models[0].values.decode.containers[0].env[0].value: ${TOKEN_ADVICE}`,
  ],
];

describe("bad models", () => {
  for (const [name, change, ...reported] of TABLE) {
    it(name, () => {
      assert.deepEqual(lines(problemsOf(() => parse(change))), reported);
    });
  }
});
