import type { RequestOptions } from "node:https";
import type { ClusterAccess } from "./access";

/**
 * Access to a cluster by its kubeconfig. This is a separate file because the client library that it loads is too large
 * for the program that a ConfigMap carries into the cluster.
 *
 * @param text The kubeconfig's content; the current context is used.
 */
export async function byKubeconfig(text: string, namespace: string): Promise<ClusterAccess> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromString(text);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { headers, ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    namespace,
    api: {
      url: config.getCurrentCluster()?.server.replace(/\/$/, "") ?? "",
      headers: headers as Record<string, string> | undefined,
      connection: {
        ...{ ca, cert, key, servername },
        // An explicit undefined would override the default of Node.js.
        ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
      },
    },
  };
}
