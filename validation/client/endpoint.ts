import * as http from "node:http";
import * as https from "node:https";

/** TLS options of a connection, with Node's own names. */
type ConnectionOptions = Pick<https.RequestOptions, "ca" | "cert" | "key" | "servername" | "rejectUnauthorized">;

/** Where requests go, and what is sent with each. */
export interface Endpoint {
  /** For example `http://10.0.0.1` or `https://api.example.com/proxy`; paths are appended. */
  readonly url: string;
  /** Headers of every request, for example Authorization. They are never printed. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly connection?: ConnectionOptions;
}

/** A complete answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

// Kept-alive connections, so that a measurement has no handshakes in it. The driver limits their number.
const agents = {
  "http:": new http.Agent({ keepAlive: true, maxSockets: Infinity }),
  "https:": new https.Agent({ keepAlive: true, maxSockets: Infinity }),
};

/** Closes the kept-alive connections, so that the process can end. */
export function closeConnections(): void {
  for (const agent of Object.values(agents)) agent.destroy();
}

/** Opens a request. The caller writes its body and listens to its events. */
export function openRequest(
  endpoint: Endpoint,
  path: string,
  options: { method?: string; headers?: Record<string, string>; timeoutMs: number },
): http.ClientRequest {
  const url = new URL(endpoint.url.replace(/\/$/, "") + path);
  const secure = url.protocol === "https:";
  const all: https.RequestOptions = {
    method: options.method ?? "GET",
    headers: { ...endpoint.headers, ...options.headers },
    agent: secure ? agents["https:"] : agents["http:"],
    ...(secure ? endpoint.connection : {}),
  };
  const request = secure ? https.request(url, all) : http.request(url, all);
  const giveUp = (): void => void request.destroy(new Error(`no answer within ${options.timeoutMs / 1000} s`));
  const timer = setTimeout(giveUp, options.timeoutMs);
  request.once("close", () => clearTimeout(timer));
  return request;
}

/**
 * Gets a path and reads the whole answer, whatever its status.
 *
 * @throws Error if there is no answer
 */
export function get(endpoint: Endpoint, path: string, timeoutMs = 10_000): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = openRequest(endpoint, path, { timeoutMs });
    request.once("error", reject);
    request.once("response", (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (body += part));
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.end();
  });
}
