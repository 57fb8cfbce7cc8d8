import type { EnvironmentConfig } from "../../config";
import { type Cluster, clusterFromKubeconfig } from "../cluster";

/** The embedded cluster; the command that starts it writes its kubeconfig and sets the path of it. */
export function localCluster(kubernetes: EnvironmentConfig["kubernetes"], root: string): Cluster {
  const { kubeconfig, context } = kubernetes;
  if (kubeconfig === undefined) throw new Error("kubernetes.kubeconfig is not set");
  return clusterFromKubeconfig("cluster", { file: kubeconfig, context, root, identifier: "embedded" });
}
