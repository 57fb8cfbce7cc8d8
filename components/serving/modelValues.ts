import type * as pulumi from "@pulumi/pulumi";
import { type ChartValues, mergeValues } from "../charts/values";
import { drain } from "./drain";

/** A model and how it is served. */
export interface ModelSettings {
  /** What clients send as "model". */
  readonly name: string;
  /** `hf://ORG/REPO`, `pvc://CLAIM/PATH` or `pvc+hf://CLAIM/ORG/REPO`. */
  readonly uri: string;
  /** Decode replicas. */
  readonly replicas: number;
  /** GPUs per replica. */
  readonly tensorParallel: number;
  /** Longest context in tokens; what the model says when undefined. */
  readonly maxModelLen?: number;
  /** Tokens per KV-cache block. */
  readonly blockSize: number;
  readonly prefixCaching: boolean;
  readonly chunkedPrefill: boolean;
  /** Share of each GPU's memory, above 0 and up to 1. */
  readonly gpuMemoryUtilization: number;
  /** Further arguments of `vllm serve`. */
  readonly extraArgs: readonly string[];
  /** What a replica requests beside its GPUs. */
  readonly resources: { readonly cpu: string; readonly memory: string };
  /** Size limit of the volume for downloaded weights. */
  readonly artifactSize: string;
  /** Merged over the values made here; lists replace lists. */
  readonly values: Readonly<ChartValues>;
  /** How long a replica may take to become ready, in seconds. */
  readonly startupTimeoutSeconds: number;
  /** How long a replica that is to go may take to finish its requests, in seconds. */
  readonly drainSeconds: number;
  /** How many replicas an update may have away, and how many beside those that are wanted. */
  readonly rollout: { readonly maxUnavailable: number; readonly maxSurge: number };
}

/**
 * How the Deployment replaces its replicas. Helm calls a Deployment ready once all but `maxUnavailable` of its replicas
 * are: with one replica that may be away it would not wait at all, and an update would end before anything serves. Where all
 * may go at once that is what Recreate does, and Helm waits for every one; where others may come beside them, one is
 * kept instead, which changes nothing else.
 */
function deploymentStrategy({ replicas, rollout }: Pick<ModelSettings, "replicas" | "rollout">) {
  const { maxUnavailable, maxSurge } = rollout;
  if (maxUnavailable < replicas) return { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } };
  if (maxSurge === 0) return { type: "Recreate" };
  return { type: "RollingUpdate", rollingUpdate: { maxUnavailable: replicas - 1, maxSurge } };
}

/** What the values of the model chart are made from. */
export interface ModelValuesArgs {
  readonly model: ModelSettings;
  /** Whole reference of the vLLM image. */
  readonly image: string;
  /** Labels of the pods, which the pool selects. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Name of the secret with the Hugging Face token. What else is made of the values is known before it is. */
  readonly authSecretName: pulumi.Input<string>;
  /** ServiceAccount of the pods, instead of the one that the chart would make. */
  readonly serviceAccountName: pulumi.Input<string>;
}

/** Port that vLLM serves on, and that the pool sends requests to. */
export const MODEL_SERVER_PORT = 8000;

/** Seconds between two looks of the startup probe. */
const STARTUP_PERIOD_SECONDS = 10;

/** The extended resource that the NVIDIA device plugin advertises, and the taint that keeps other pods off GPU nodes. */
const GPU = "nvidia.com/gpu";

/** Shared memory for NCCL between the processes of one replica; the container runtime's 64 MiB are too little. */
const SHARED_MEMORY_SIZE = "8Gi";

/** Arguments of `vllm serve` beside those that the chart adds (model, port, served name, tensor parallel size). */
export function vllmArguments(model: ModelSettings): string[] {
  return [
    "--block-size",
    String(model.blockSize),
    model.prefixCaching ? "--enable-prefix-caching" : "--no-enable-prefix-caching",
    model.chunkedPrefill ? "--enable-chunked-prefill" : "--no-enable-chunked-prefill",
    "--gpu-memory-utilization",
    String(model.gpuMemoryUtilization),
    ...(model.maxModelLen === undefined ? [] : ["--max-model-len", String(model.maxModelLen)]),
    ...model.extraArgs,
  ];
}

/** Values of the llm-d-modelservice chart v0.4.12: decode pods only, which the gateway reaches without a proxy. */
export function modelValues(args: ModelValuesArgs): ChartValues {
  const { model } = args;
  const gpus = String(model.tensorParallel);
  const { terminationGracePeriodSeconds, lifecycle } = drain(model.drainSeconds, MODEL_SERVER_PORT);
  // Several processes share one replica's GPUs only from two on.
  const sharesMemory = model.tensorParallel > 1;
  return mergeValues(
    {
      multinode: false,
      serviceAccountOverride: args.serviceAccountName,
      accelerator: { type: "nvidia", dra: false },
      modelArtifacts: {
        name: model.name,
        uri: model.uri,
        size: model.artifactSize,
        authSecretName: args.authSecretName,
        labels: { ...args.podLabels },
        // vLLM writes what it downloads into the claim of a pvc+hf:// model; weights on pvc:// are only read.
        readOnly: !model.uri.startsWith("pvc+hf://"),
      },
      routing: { servicePort: MODEL_SERVER_PORT, proxy: { enabled: false } },
      prefill: { create: false },
      decode: {
        create: true,
        replicas: model.replicas,
        strategy: deploymentStrategy(model),
        terminationGracePeriodSeconds,
        parallelism: { tensor: model.tensorParallel, data: 1 },
        tolerations: [{ key: GPU, operator: "Exists", effect: "NoSchedule" }],
        monitoring: { podmonitor: { enabled: false } },
        volumes: [
          { name: "metrics-volume", emptyDir: {} },
          ...(sharesMemory
            ? [{ name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: SHARED_MEMORY_SIZE } }]
            : []),
        ],
        containers: [
          {
            name: "vllm",
            image: args.image,
            modelCommand: "vllmServe",
            args: vllmArguments(model),
            ports: [{ name: "http", containerPort: MODEL_SERVER_PORT, protocol: "TCP" }],
            mountModelVolume: true,
            volumeMounts: [
              { name: "metrics-volume", mountPath: "/.config" },
              ...(sharesMemory ? [{ name: "shared-memory", mountPath: "/dev/shm" }] : []),
            ],
            resources: {
              requests: { ...model.resources, [GPU]: gpus },
              limits: { [GPU]: gpus },
            },
            ...(lifecycle === undefined ? {} : { extraConfig: { lifecycle } }),
            ...probes(model.startupTimeoutSeconds),
          },
        ],
      },
    },
    model.values,
  );
}

/**
 * vLLM listens once the weights are loaded, and its /health fails once its engine is dead. The startup probe holds the
 * other two back while weights are downloaded and loaded.
 */
function probes(startupTimeoutSeconds: number): ChartValues {
  const httpGet = { path: "/health", port: MODEL_SERVER_PORT };
  return {
    startupProbe: {
      httpGet,
      periodSeconds: STARTUP_PERIOD_SECONDS,
      timeoutSeconds: 5,
      failureThreshold: Math.ceil(startupTimeoutSeconds / STARTUP_PERIOD_SECONDS),
    },
    livenessProbe: { httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    readinessProbe: { httpGet, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 },
  };
}
