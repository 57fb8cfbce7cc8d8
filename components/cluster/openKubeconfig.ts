import type * as k8s from "@kubernetes/client-node";

/** The client library, opened on one cluster. */
export interface OpenedKubeconfig {
  /** The library itself, for its APIs' classes. */
  readonly client: typeof k8s;
  readonly config: k8s.KubeConfig;
  /** A call's answer, or undefined when the object or its kind does not exist. */
  ifExists<T>(call: Promise<T>): Promise<T | undefined>;
}

/**
 * Opens a kubeconfig. The client library is loaded here and not at the top, because a preview, where no hook runs, has no
 * use for it.
 *
 * @param kubeconfig Its content; the current context is used.
 */
export async function openKubeconfig(kubeconfig: string): Promise<OpenedKubeconfig> {
  const client = await import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  config.loadFromString(kubeconfig);
  return {
    client,
    config,
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
