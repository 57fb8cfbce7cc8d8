import type * as pulumi from "@pulumi/pulumi";
import { type ChartValues, mergeValues } from "../charts/values";
import { GPU_RESOURCE } from "../naming";
import { drain } from "./drain";
import type { ModelConfig } from "./settings";

/**
 * How the Deployment replaces its replicas. Helm calls a Deployment ready once all but `maxUnavailable` of its replicas are ready.
 * If all replicas may be missing, Helm would not wait, and an update would end before any replica serves. Without extra replicas,
 * Recreate does the same rollout, and Helm waits for every replica. With extra replicas, one replica fewer may be missing.
 */
function deploymentStrategy({ replicas, rollout }: Pick<ModelConfig, "replicas" | "rollout">) {
  const { maxUnavailable, maxSurge } = rollout;
  if (maxUnavailable < replicas) return { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } };
  if (maxSurge === 0) return { type: "Recreate" };
  return { type: "RollingUpdate", rollingUpdate: { maxUnavailable: replicas - 1, maxSurge } };
}

/** Input of the values of the model chart. */
export interface ModelValuesArgs {
  readonly model: ModelConfig;
  /** Whole reference of the vLLM image. */
  readonly image: string;
  /** Labels of the pods; the pool selects by them. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Name of the Secret with the Hugging Face token. */
  readonly authSecretName: pulumi.Input<string>;
  /** ServiceAccount of the pods, instead of the chart's own. */
  readonly serviceAccountName: pulumi.Input<string>;
}

/** Port of vLLM, to which the pool sends requests. */
export const MODEL_SERVER_PORT = 8000;

/** Period of the startup probe, in seconds. */
const STARTUP_PERIOD_SECONDS = 10;

/** Shared memory for NCCL between the processes of one replica. The container runtime's 64 MiB are not enough. */
const SHARED_MEMORY_SIZE = "8Gi";

/** Arguments of `vllm serve`, in addition to those of the chart (model, port, served name, tensor parallel size). */
export function vllmArguments(model: ModelConfig): string[] {
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

/** Values of the llm-d-modelservice chart v0.4.12: only decode pods, without a proxy before them. */
export function modelValues(args: ModelValuesArgs): ChartValues {
  const { model } = args;
  const gpus = String(model.tensorParallel);
  const { terminationGracePeriodSeconds, lifecycle } = drain(model.drainSeconds, MODEL_SERVER_PORT);
  // Tensor parallelism above 1 runs several processes, which share memory.
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
        // vLLM downloads into the claim of a pvc+hf:// model; weights on pvc:// are only read.
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
        tolerations: [{ key: GPU_RESOURCE, operator: "Exists", effect: "NoSchedule" }],
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
              requests: { ...model.resources, [GPU_RESOURCE]: gpus },
              limits: { [GPU_RESOURCE]: gpus },
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
 * vLLM listens once the weights are loaded, and its /health fails once its engine is dead. The startup probe delays the other two
 * while weights are downloaded and loaded.
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
