import type * as http from "node:http";
import * as timers from "node:timers/promises";

/** Timeout of one request to the API server, in milliseconds. */
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * Number of attempts and pause between them, in milliseconds, while the API server answers 429: it is busy, or a CRD is new. It has
 * then done nothing, so a change may be sent again too.
 */
const ATTEMPTS = 30;
const PAUSE_MS = 1000;

/** A request to the API server. */
export interface ApiRequest {
  /** @default GET */
  readonly method?: "GET" | "PATCH" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the API server answered. */
export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends a request to a path of the API server, and returns its answer as it is: the client library's types would drop the fields
 * that they do not know.
 *
 * @throws UnreachableError when there is no answer
 */
export type AskApi = (path: string, request?: ApiRequest) => Promise<ApiAnswer>;

/** There was no answer of the API server. */
export class UnreachableError extends Error {
  constructor(
    readonly server: string,
    cause: unknown,
  ) {
    const { name, message, code } = cause as { name: string; message: string; code?: string };
    const late = name === "AbortError" || name === "TimeoutError" || code === "ABORT_ERR";
    super(`${server} cannot be read: ${late ? `no answer within ${ANSWER_TIMEOUT_MS / 1000} s` : message}`, { cause });
  }
}

/**
 * Opens a kubeconfig. Loads the Kubernetes client only here, because loading takes time and many runs do not need it.
 *
 * @param kubeconfig Content of the kubeconfig. Its current context is used.
 * @param pause Waits between two attempts.
 */
export async function openApi(
  kubeconfig: string,
  pause: () => Promise<unknown> = () => timers.setTimeout(PAUSE_MS),
): Promise<{ readonly server: string; readonly ask: AskApi }> {
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

  const once: AskApi = (path, { method = "GET", headers = {}, body } = {}) => {
    const url = new URL(`${server}${path}`);
    const { request } = url.protocol === "http:" ? plain : https;
    return new Promise<ApiAnswer>((resolve, reject) => {
      const sent = { ...options, method, headers: { ...options.headers, ...headers } };
      request(url, { ...sent, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.once("error", reject);
      })
        .once("error", reject)
        .end(body);
    }).catch((error: unknown) => {
      throw new UnreachableError(server, error);
    });
  };
  const ask: AskApi = async (path, request) => {
    for (let attempt = 1; ; attempt++) {
      const answer = await once(path, request);
      if (answer.status !== 429 || attempt === ATTEMPTS) return answer;
      await pause();
    }
  };
  return { server, ask };
}

/** The message of a Status object, or the beginning of any other answer. */
export function reasonOf({ text }: ApiAnswer): string {
  try {
    const { message } = JSON.parse(text) as { message?: string };
    if (message !== undefined) return message;
  } catch {
    // Not JSON: a proxy answered.
  }
  return text.slice(0, 200);
}
