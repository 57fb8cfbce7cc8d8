import type * as http from "node:http";
import * as timers from "node:timers/promises";

/** Timeout of one request to the API server, in milliseconds. */
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * Number of attempts and pause between them, in milliseconds, while the API server answers 429: it is busy, or a CRD is
 * new.
 */
const ATTEMPTS = 30;
const PAUSE_MS = 1000;

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
 * Reads with a kubeconfig. Loads the Kubernetes client only here, because loading takes time and many runs do not need
 * it.
 *
 * @param kubeconfig Content of the kubeconfig. Its current context is used.
 * @param pause Waits between two attempts.
 */
export async function apiReader(
  kubeconfig: string,
  pause: () => Promise<unknown> = () => timers.setTimeout(PAUSE_MS),
): Promise<ReadApi> {
  const [{ KubeConfig }, https, plain] = await Promise.all([
    import("@kubernetes/client-node"),
    import("node:https"),
    import("node:http"),
  ]);
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const server = (config.getCurrentCluster()?.server ?? "").replace(/\/$/, "");
  // Once for all requests, because a credential plugin may take seconds or ask the user.
  const options: http.RequestOptions = {};
  await config.applyToHTTPSOptions(options);

  const ask = async (
    path: string,
    { metadataOnly = false }: ReadOptions,
  ): Promise<{ readonly status: number; readonly text: string }> => {
    const url = new URL(`${server}${path}`);
    const { get } = url.protocol === "http:" ? plain : https;
    const headers = { ...options.headers, accept: metadataOnly ? METADATA_ONLY : "application/json" };
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      get(url, { ...options, headers, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.once("error", reject);
      }).once("error", reject);
    }).catch((error: unknown) => {
      const { name, message, code } = error as { name: string; message: string; code?: string };
      const why =
        name === "AbortError" || name === "TimeoutError" || code === "ABORT_ERR"
          ? `no answer within ${ANSWER_TIMEOUT_MS / 1000} s`
          : message;
      throw new Error(`${server} cannot be read: ${why}`, { cause: error });
    });
  };

  return async <T>(path: string, readOptions: ReadOptions = {}) => {
    let answer = await ask(path, readOptions);
    for (let attempt = 1; answer.status === 429 && attempt < ATTEMPTS; attempt++) {
      await pause();
      answer = await ask(path, readOptions);
    }
    const { status, text } = answer;
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`${server}${path} answered ${status}: ${reasonOf(text)}`);
    return JSON.parse(text) as T;
  };
}

/** The message of a Status object, or the beginning of any other answer. */
function reasonOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: string };
    if (message !== undefined) return message;
  } catch {
    // Not JSON: a proxy answered.
  }
  return text.slice(0, 200);
}
