import type { ChartValues } from "../charts/values";

/** What the values of the KEDA chart are made from. */
export interface KedaValuesArgs {
  /** The namespace whose ScaledObjects it follows. */
  readonly watched: string;
}

/** Replicas of the operator and of the metrics API: one is active, or either answers. */
const REPLICAS = 2;

/** Memory is what a node runs out of, so it is limited to what is requested. CPU is only shared. */
const RESOURCES = { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "256Mi" } };

/** Values of the KEDA chart 2.17.1. */
export function kedaValues({ watched }: KedaValuesArgs): ChartValues {
  return {
    // They are a bundle of their own, before anything of their kinds.
    crds: { install: false },
    watchNamespace: watched,
    // Its webhook checks ScaledObjects when they are made; those of this program are checked by its own tests.
    webhooks: { enabled: false },
    // Deployments and StatefulSets it may scale without this, which would be any kind of any group.
    rbac: { enabledCustomScaledRefKinds: false },
    // Prometheus asks for no password, so that no Secret has to be read but the certificates of its own.
    permissions: { operator: { restrict: { secret: true } }, metricServer: { restrict: { secret: true } } },
    operator: { replicaCount: REPLICAS },
    metricsServer: { replicaCount: REPLICAS },
    podDisruptionBudget: { operator: { minAvailable: 1 }, metricServer: { minAvailable: 1 } },
    resources: { operator: RESOURCES, metricServer: RESOURCES },
  };
}
