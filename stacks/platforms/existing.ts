import type { EnvironmentConfig } from "../config";
import { type Cluster, clusterFromKubeconfig } from "./cluster";

/** A cluster that exists already. Its context's name is its identity: naming another one moves the environment there. */
export function existingCluster(kubernetes: EnvironmentConfig["kubernetes"], root: string): Cluster {
  const { kubeconfig, context } = kubernetes;
  if (kubeconfig === undefined || context === undefined) {
    throw new Error("kubernetes.kubeconfig and kubernetes.context are not set");
  }
  return clusterFromKubeconfig("cluster", { file: kubeconfig, context, root, identifier: context });
}
