import * as fs from "node:fs";
import type { ClusterAccess } from "./access";

/** Where a pod finds its service account. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The cluster that this process runs in as a pod, by its service account; throws where it does not. */
export function inCluster(namespace: string): ClusterAccess {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (host === undefined || port === undefined) throw new Error("this is no pod: KUBERNETES_SERVICE_HOST is not set");
  const token = fs.readFileSync(`${SERVICE_ACCOUNT}/token`, "utf8").trim();
  return {
    namespace,
    api: {
      url: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
      headers: { authorization: `Bearer ${token}` },
      connection: { ca: fs.readFileSync(`${SERVICE_ACCOUNT}/ca.crt`) },
    },
  };
}
