import type { ChartValues } from "../charts/values";

/** Input of the values of the KEDA chart. */
export interface KedaValuesArgs {
  /** The namespace whose ScaledObjects KEDA watches. */
  readonly watched: string;
}

/** Replicas of the operator, of which one is active, and of the metrics API, of which both answer. */
const REPLICAS = 2;

/** A node can run out of memory, so the limit is the request. CPU is shared. */
const RESOURCES = { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "256Mi" } };

/** Values of the KEDA chart 2.17.1. */
export function kedaValues({ watched }: KedaValuesArgs): ChartValues {
  return {
    // They are separate resources, which exist before every object of their kinds.
    crds: { install: false },
    watchNamespace: watched,
    // The webhook checks new ScaledObjects; the tests of this program check its own.
    webhooks: { enabled: false },
    // KEDA scales Deployments and StatefulSets without this right, which covers every kind of every group.
    rbac: { enabledCustomScaledRefKinds: false },
    // Prometheus has no password, so KEDA reads no Secrets but those of its own certificates.
    permissions: { operator: { restrict: { secret: true } }, metricServer: { restrict: { secret: true } } },
    operator: { replicaCount: REPLICAS },
    metricsServer: { replicaCount: REPLICAS },
    podDisruptionBudget: { operator: { minAvailable: 1 }, metricServer: { minAvailable: 1 } },
    resources: { operator: RESOURCES, metricServer: RESOURCES },
  };
}
