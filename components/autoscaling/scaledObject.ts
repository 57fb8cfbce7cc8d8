import type * as z from "zod";
import type { modelAutoscalingSchema } from "./settings";

/** When the number of a model's replicas changes. */
export type ScalingSettings = z.output<typeof modelAutoscalingSchema>;

/** Input of a ScaledObject. */
export interface ScaledObjectArgs {
  readonly settings: ScalingSettings;
  /** Namespace of the replicas. */
  readonly namespace: string;
  /** The Deployment of the replicas. */
  readonly deployment: string;
  /** URL of Prometheus. */
  readonly prometheusUrl: string;
}

/** Limit of new replicas in a time, in seconds: a new replica loads weights before it takes requests. */
const UP = { pods: 4, seconds: 60 };

/** KEDA removes one replica at a time, because the others must compute again what it had cached. */
const DOWN = { pods: 1, seconds: 60 };

/**
 * Queries for the sum over all replicas. The autoscaler divides each by its threshold and takes the larger number of replicas.
 */
export function queries({ namespace, deployment }: Pick<ScaledObjectArgs, "namespace" | "deployment">) {
  const pods = `namespace="${namespace}",pod=~"${deployment}-.+"`;
  return {
    waiting: `sum(vllm:num_requests_waiting{${pods}})`,
    // The second name is the one of vLLM before 0.10.
    kvCache: `100 * sum(vllm:kv_cache_usage_perc{${pods}} or vllm:gpu_cache_usage_perc{${pods}})`,
  };
}

/** The `spec` of a ScaledObject. */
export function scaledObjectSpec(args: ScaledObjectArgs) {
  const { minReplicas, maxReplicas, waitingRequests, kvCachePercent, pollingSeconds, cooldownSeconds } = args.settings;
  const { waiting, kvCache } = queries(args);
  const trigger = (query: string, threshold: number) => ({
    type: "prometheus",
    metricType: "AverageValue",
    // A missing value is an error and not zero: the autoscaler then removes no replica.
    metadata: { serverAddress: args.prometheusUrl, query, threshold: String(threshold), ignoreNullValues: "false" },
  });
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: args.deployment },
    minReplicaCount: minReplicas,
    maxReplicaCount: maxReplicas,
    pollingInterval: pollingSeconds,
    triggers: [trigger(waiting, waitingRequests), trigger(kvCache, kvCachePercent)],
    advanced: {
      horizontalPodAutoscalerConfig: {
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            policies: [{ type: "Pods", value: UP.pods, periodSeconds: UP.seconds }],
          },
          scaleDown: {
            stabilizationWindowSeconds: cooldownSeconds,
            // With a short cooldown this period is short too, so that the cooldown holds.
            policies: [
              { type: "Pods", value: DOWN.pods, periodSeconds: Math.max(1, Math.min(DOWN.seconds, cooldownSeconds)) },
            ],
          },
        },
      },
    },
  };
}
