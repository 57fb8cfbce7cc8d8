import type { EndpointPickerValuesArgs } from "../../../components/serving/endpointPickerValues";
import type { ModelSettings } from "../../../components/serving/modelValues";

/** A model as the configuration gives it, with the defaults. */
export function model(changes: Partial<ModelSettings> = {}): ModelSettings {
  return {
    name: "meta-llama/Llama-3.1-8B-Instruct",
    uri: "hf://meta-llama/Llama-3.1-8B-Instruct",
    replicas: 3,
    tensorParallel: 1,
    blockSize: 16,
    prefixCaching: true,
    chunkedPrefill: false,
    gpuMemoryUtilization: 0.9,
    extraArgs: [],
    resources: { cpu: "8", memory: "64Gi" },
    artifactSize: "100Gi",
    values: {},
    startupTimeoutSeconds: 1800,
    drainSeconds: 300,
    rollout: { maxUnavailable: 1, maxSurge: 0 },
    ...changes,
  };
}

/** The endpoint picker as the configuration gives it, with the defaults. */
export function endpointPicker(changes: Partial<EndpointPickerValuesArgs> = {}): EndpointPickerValuesArgs {
  return {
    endpointPicker: {
      replicas: 1,
      failureMode: "FailClose",
      weights: { prefixCache: 6, queue: 2, kvCacheUtilization: 2, runningRequests: 1 },
      prefixCache: { maxPrefixBlocksToMatch: 2048, lruCapacityPerServer: 31_250, autoTune: true },
      logVerbosity: 1,
    },
    image: { hub: "registry.example.com/epp", name: "epp", tag: "v1.3.1" },
    inferencePoolApi: "inference.networking.x-k8s.io/v1alpha2",
    selector: { "llm-d.ai/inference-serving": "true", "llm-d.ai/model": "ms" },
    targetPort: 8000,
    blockSize: 16,
    prefixCaching: true,
    metricsAuthentication: false,
    ...changes,
  };
}

/** What is at a dotted path of an object; fails on a path that leads nowhere. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((inside, key) => {
    const next = (inside as Record<string | number, unknown> | undefined)?.[key];
    if (next === undefined) throw new Error(`there is no ${path.join(".")}`);
    return next;
  }, value);
}
