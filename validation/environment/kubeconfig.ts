import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import type { ClusterAccess } from "./access";

/** A cluster by its kubeconfig. Kept out of the program that runs inside of a cluster, for its size. */
export async function byKubeconfig(text: string, namespace: string): Promise<ClusterAccess> {
  const config = new KubeConfig();
  config.loadFromString(text);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    namespace,
    api: {
      url: config.getCurrentCluster()?.server.replace(/\/$/, "") ?? "",
      headers: Object.fromEntries(
        Object.entries(options.headers ?? {}).flatMap(([name, value]) =>
          typeof value === "string" ? [[name, value]] : [],
        ),
      ),
      connection: {
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(servername === undefined ? {} : { servername }),
        ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
      },
    },
  };
}
