import { EnvHttpProxyAgent, fetch, type Response } from "undici";

/** A request of a check. */
interface WebRequest {
  readonly method?: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Sends the HTTP requests of the checks. */
export type Web = (url: string, request?: WebRequest) => Promise<Response>;

/**
 * HTTP through the proxies of the environment, which Node's own fetch ignores.
 *
 * @param base every request goes to `BASE/HOST/PATH` instead, so that one fake server can be all hosts in tests
 */
export function makeWeb(base = process.env.LLMD_PREFLIGHT_BASE): Web {
  const dispatcher = new EnvHttpProxyAgent();
  return (url, { method = "GET", headers = {}, signal } = {}) => {
    const { host, pathname, search } = new URL(url);
    const target = base === undefined || base === "" ? url : `${base.replace(/\/+$/, "")}/${host}${pathname}${search}`;
    return fetch(target, { method, headers, signal, dispatcher });
  };
}

/** The status of the answer at an address, without the download of its body. */
export async function probe(web: Web, url: string, signal: AbortSignal): Promise<number> {
  const head = await web(url, { method: "HEAD", signal });
  // Some storage signs its addresses for GET only, and refuses HEAD.
  if (head.status !== 403 && head.status !== 405) return head.status;
  const get = await web(url, { headers: { range: "bytes=0-0" }, signal });
  await get.body?.cancel();
  return get.status;
}
