import { type Endpoint, get } from "../client/endpoint";

/** How the cluster is reached. */
export interface ClusterAccess {
  /** The Kubernetes API. */
  readonly api: Endpoint;
  readonly namespace: string;
}

/** Reads an object or a list from the API. */
export async function read<T>({ api }: ClusterAccess, path: string): Promise<T> {
  const { status, body } = await get(api, path);
  if (status !== 200) throw new ApiRefusal(path, status);
  return JSON.parse(body) as T;
}

/** Like `read`, but undefined where the API says no. */
export async function readIfAllowed<T>(access: ClusterAccess, path: string): Promise<T | undefined> {
  try {
    return await read<T>(access, path);
  } catch (error) {
    if (error instanceof ApiRefusal) return undefined;
    throw error;
  }
}

/** The API answered, but not with what was asked for. */
export class ApiRefusal extends Error {
  constructor(path: string, status: number) {
    super(`the Kubernetes API answered HTTP ${status} to ${path}`);
  }
}

/** A pod's port through the API server, which needs the permission to get `pods/proxy`. */
export function throughApi({ api, namespace }: ClusterAccess, pod: string, port: number): Endpoint {
  return { ...api, url: `${api.url}/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy` };
}
