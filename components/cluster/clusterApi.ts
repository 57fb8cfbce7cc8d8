import type * as k8s from "@kubernetes/client-node";

/** A cluster's API, for what the engine and its providers cannot know: what was in the cluster before, and what runs there. */
export interface ClusterApi {
  /** The client library, for its classes and constants. */
  readonly client: typeof k8s;
  readonly core: k8s.CoreV1Api;
  readonly custom: k8s.CustomObjectsApi;
  /** Another API of the same cluster, such as `api.of(api.client.BatchV1Api)`. */
  of<T extends k8s.ApiType>(type: k8s.ApiConstructor<T>): T;
  /** A call's answer, or undefined when the object or its kind does not exist. */
  ifExists<T>(call: Promise<T>): Promise<T | undefined>;
}

/** Opens a connection to the environment's cluster; called only when a hook runs. */
export type ConnectCluster = () => Promise<ClusterApi>;

/**
 * Opens a kubeconfig. The client library is loaded here and not at the top: a preview runs no hook and does not need it.
 *
 * @param kubeconfig Its content; the current context is used.
 */
export async function openKubeconfig(kubeconfig: string): Promise<ClusterApi> {
  const client = await import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  config.loadFromString(kubeconfig);
  return {
    client,
    core: config.makeApiClient(client.CoreV1Api),
    custom: config.makeApiClient(client.CustomObjectsApi),
    of: (type) => config.makeApiClient(type),
    async ifExists(call) {
      try {
        return await call;
      } catch (error) {
        if (error instanceof client.ApiException && error.code === 404) return undefined;
        throw error;
      }
    },
  };
}
