import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { LANES } from "../../stacks/versions";

/** An answer of the fake. */
export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Never answers. */
  readonly hang?: boolean;
}

/** A request to the fake. */
export interface SeenRequest {
  readonly method: string;
  /** `/HOST/PATH?QUERY`, the form of `LLMD_PREFLIGHT_BASE`. */
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A fake of web services: one HTTP server on the loopback interface that answers from a function. */
export interface FakeServer {
  readonly base: string;
  readonly seen: readonly SeenRequest[];
  stop(): Promise<void>;
}

export async function startFake(answer: (request: SeenRequest) => FakeAnswer): Promise<FakeServer> {
  const seen: SeenRequest[] = [];
  const server = http.createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const request = { method: incoming.method ?? "", url: incoming.url ?? "", headers: incoming.headers, body };
      seen.push(request);
      const { status = 200, headers = {}, body: text = "", hang = false } = answer(request);
      if (hang) return;
      response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The token that the fake Hugging Face accepts. */
export const FAKE_TOKEN = "hf_fakeTokenOfTheTests";

/**
 * A fake of Hugging Face, chart repositories and image registries. Everything exists except what is listed as missing. Registries
 * ask for an anonymous token first, as real ones do.
 */
export function fakeInternet(
  options: { missing?: readonly string[]; gated?: readonly string[] } = {},
): (request: SeenRequest) => FakeAnswer {
  const has = (list: readonly string[] | undefined, url: string): boolean =>
    (list ?? []).some((part) => url.includes(part));
  return ({ url, headers }): FakeAnswer => {
    const token = headers.authorization;
    if (url.startsWith("/huggingface.co/api/whoami-v2")) {
      return token === `Bearer ${FAKE_TOKEN}`
        ? { body: JSON.stringify({ name: "tester", auth: { accessToken: { role: "read" } } }) }
        : { status: 401 };
    }
    if (url.endsWith("/auth-check")) {
      if (has(options.gated, url)) return { status: 403, headers: { "x-error-code": "GatedRepo" } };
      return has(options.missing, url) ? { status: 404, headers: { "x-error-code": "RepoNotFound" } } : {};
    }
    if (url.includes("/token?")) return { body: JSON.stringify({ token: "anonymous" }) };
    if (url.includes("/v2/")) {
      if (token !== "Bearer anonymous") {
        const realm = "https://auth.example/token";
        return { status: 401, headers: { "www-authenticate": `Bearer realm="${realm}",service="fake"` } };
      }
      return has(options.missing, url)
        ? { status: 404 }
        : { headers: { "docker-content-digest": `sha256:${"0".repeat(64)}` } };
    }
    if (url.endsWith("/index.yaml")) return { body: FAKE_INDEX };
    return has(options.missing, url) ? { status: 404 } : {};
  };
}

/** The index of a chart repository with every chart, in the versions of stacks/versions.ts. */
const FAKE_INDEX = [
  "apiVersion: v1",
  "entries:",
  ...Object.values(LANES["istio-1.27"].charts).flatMap(({ name, version }) => [
    `  ${name}:`,
    `  - name: ${name}`,
    "    urls:",
    `    - ${name}-0.0.1.tgz`,
    "    version: 0.0.1",
    `  - name: ${name}`,
    "    urls:",
    `    - ${name}-${version}.tgz`,
    `    version: ${version}`,
  ]),
  'generated: "2026-01-01T00:00:00Z"',
  "",
].join("\n");
