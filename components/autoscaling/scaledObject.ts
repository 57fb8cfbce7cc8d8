/** When a model's replicas become more or fewer. */
export interface ScalingSettings {
  /** Fewest replicas. */
  readonly minReplicas: number;
  /** Most replicas. */
  readonly maxReplicas: number;
  /** Requests that wait for a place in a batch, for each replica, above which there are to be more. */
  readonly waitingRequests: number;
  /** Percent of a replica's KV cache that requests hold, above which there are to be more. */
  readonly kvCachePercent: number;
  /** How often Prometheus is asked, in seconds. */
  readonly pollingSeconds: number;
  /** How long fewer replicas have to have been enough before one goes, in seconds. */
  readonly cooldownSeconds: number;
}

/** What a ScaledObject is made from. */
export interface ScaledObjectArgs {
  readonly settings: ScalingSettings;
  /** Namespace of the replicas. */
  readonly namespace: string;
  /** The Deployment of the replicas. */
  readonly deployment: string;
  /** Where Prometheus answers. */
  readonly prometheusUrl: string;
}

/** Most replicas that are added at once, and in which time, in seconds: what loads weights takes no requests yet. */
const UP = { pods: 4, seconds: 60 };

/** One replica goes at a time: what it had cached is computed anew by the others. */
const DOWN = { pods: 1, seconds: 60 };

/**
 * Queries for what all replicas together have, which KEDA divides by the number for one: so many are to be there. The
 * autoscaler takes the larger of both answers.
 */
export function queries({ namespace, deployment }: Pick<ScaledObjectArgs, "namespace" | "deployment">) {
  const pods = `namespace="${namespace}",pod=~"${deployment}-.+"`;
  return {
    waiting: `sum(vllm:num_requests_waiting{${pods}})`,
    // The older of the two names is that of vLLM before 0.10.
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
    // An answer without a value is an error, not nothing to do: the autoscaler then takes no replica away.
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
            // With a short cooldown also this period is: nobody asks for one to wait a minute for each.
            policies: [
              { type: "Pods", value: DOWN.pods, periodSeconds: Math.max(1, Math.min(DOWN.seconds, cooldownSeconds)) },
            ],
          },
        },
      },
    },
  };
}
