import * as fs from "node:fs";
import { type Endpoint, get } from "../client/endpoint";

/** The way to a cluster. */
export interface ClusterAccess {
  /** The Kubernetes API. */
  readonly api: Endpoint;
  readonly namespace: string;
}

/** Where a pod finds its service account. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * Access to the cluster in which this process runs as a pod, with the pod's service account.
 *
 * @throws Error if this process is not in a pod
 */
export function inCluster(namespace: string): ClusterAccess {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (host === undefined || port === undefined) throw new Error("not in a pod: KUBERNETES_SERVICE_HOST is not set");
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

/**
 * Reads an object or a list from the API.
 *
 * @throws Error if the API answers with an error
 */
export async function read<T>({ api }: ClusterAccess, path: string): Promise<T> {
  const { status, body } = await get(api, path);
  if (status !== 200) throw new Error(`the Kubernetes API answered HTTP ${status} to ${path}`);
  return JSON.parse(body) as T;
}

/** Like `read`, but undefined if the API answers with an error, for example for a missing object or permission. */
export async function readIfAllowed<T>({ api }: ClusterAccess, path: string): Promise<T | undefined> {
  const { status, body } = await get(api, path);
  return status === 200 ? (JSON.parse(body) as T) : undefined;
}

/** A pod's port through the API server, which needs the permission to get `pods/proxy`. */
export function throughApi({ api, namespace }: ClusterAccess, pod: string, port: number): Endpoint {
  return { ...api, url: `${api.url}/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy` };
}
