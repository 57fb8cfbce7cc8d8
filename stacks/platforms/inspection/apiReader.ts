import type * as http from "node:http";
import * as timers from "node:timers/promises";

/** How long one answer of the API server may take, in milliseconds. */
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * How often a path is asked for again that the API server wants to be asked for later, and after how long, in milliseconds: it is
 * busy, or a definition has only just been made.
 */
const ATTEMPTS = 30;
const PAUSE_MS = 1000;

/** Metadata of a list's objects only: all CRDs of an OpenShift cluster with their schemas are tens of megabytes. */
const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/** How a path is read. */
export interface ReadOptions {
  /** Ask for the metadata of a list's objects and nothing else. */
  readonly metadataOnly?: boolean;
}

/**
 * Reads a path of the API server: the object, or undefined where there is no such object or API.
 *
 * @throws Error that says what was read and what the API server answered
 */
export type ReadApi = <T>(path: string, options?: ReadOptions) => Promise<T | undefined>;

/**
 * Reads with a kubeconfig. Its client library is loaded here, because it takes time and not every program run has use
 * for it.
 *
 * @param kubeconfig Its content; the current context is used.
 * @param pause Between two times that the same path is asked for.
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
  // Once for all requests: a plugin that gets a token may take seconds, or ask its user.
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

/** What a Status object says, or the beginning of what is none. */
function reasonOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: string };
    if (message !== undefined) return message;
  } catch {
    // Not JSON: an answer of something in between.
  }
  return text.slice(0, 200);
}
