import { openApi, reasonOf } from "../../../components/cluster/rawApi";

/** Asks only for metadata: all CRDs of an OpenShift cluster with their schemas have tens of megabytes. */
const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/** Options of one read. */
export interface ReadOptions {
  /** Read only the metadata of a list's objects. @default false */
  readonly metadataOnly?: boolean;
}

/**
 * Reads a path of the API server. Returns undefined if the object or API does not exist.
 *
 * @throws Error with the path and the answer of the API server
 */
export type ReadApi = <T>(path: string, options?: ReadOptions) => Promise<T | undefined>;

/**
 * Reads with a kubeconfig.
 *
 * @param kubeconfig Content of the kubeconfig. Its current context is used.
 * @param pause Waits between two attempts.
 */
export async function apiReader(kubeconfig: string, pause?: () => Promise<unknown>): Promise<ReadApi> {
  const { server, ask } = await openApi(kubeconfig, pause);
  return async <T>(path: string, { metadataOnly = false }: ReadOptions = {}) => {
    const headers = { accept: metadataOnly ? METADATA_ONLY : "application/json" };
    const answer = await ask(path, { headers });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw new Error(`${server}${path} answered ${answer.status}: ${reasonOf(answer)}`);
    return JSON.parse(answer.text) as T;
  };
}
