import { EnvHttpProxyAgent, fetch, type Response } from "undici";

/** A request as the checks make them. */
export interface WebRequest {
  readonly method?: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Where the checks' own HTTP requests go. */
export type Web = (url: string, request?: WebRequest) => Promise<Response>;

/**
 * HTTP with the proxies of the environment, which Node's own fetch does not know. With a base, every request goes to
 * `BASE/HOST/PATH` instead, so that one server can play all hosts in tests (`LLMD_PREFLIGHT_BASE`).
 */
export function makeWeb(base = process.env.LLMD_PREFLIGHT_BASE): Web {
  const dispatcher = new EnvHttpProxyAgent();
  return (url, { method = "GET", headers = {}, signal } = {}) => {
    const { host, pathname, search } = new URL(url);
    const target = base === undefined || base === "" ? url : `${base.replace(/\/+$/, "")}/${host}${pathname}${search}`;
    return fetch(target, { method, headers, signal, dispatcher });
  };
}

/** Whether there is something at an address: the status of its answer, without reading what is there. */
export async function probe(web: Web, url: string, signal: AbortSignal): Promise<number> {
  const head = await web(url, { method: "HEAD", signal });
  // Some storage behind redirects signs its addresses for GET only.
  if (head.status !== 403 && head.status !== 405) return head.status;
  const get = await web(url, { headers: { range: "bytes=0-0" }, signal });
  await get.body?.cancel();
  return get.status;
}
