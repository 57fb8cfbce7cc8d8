import * as http from "node:http";
import { createParser } from "eventsource-parser";

/** A request for a completion. */
export interface CompletionRequest {
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly stream?: boolean;
}

/** The answer to a request. */
export interface CompletionAnswer {
  readonly status: number;
  /** The completion's text. The pieces of a stream are joined. */
  readonly text: string;
  readonly milliseconds: number;
  /** Address of the pod that the endpoint picker chose, where the gateway reports it. */
  readonly servedBy?: string;
  /** Tokens of the prompt. `cachedTokens` of them were in the KV cache. */
  readonly promptTokens?: number;
  readonly cachedTokens?: number;
  /** Number of events of a streamed answer, without the closing [DONE]. */
  readonly events: number;
  readonly contentType: string;
  readonly body: string;
}

interface Chunk {
  choices?: { text?: string }[];
  usage?: { prompt_tokens?: number; prompt_tokens_details?: { cached_tokens?: number } };
}

/** Sends one request. Returns the answer with any status. */
export function request(url: string, wanted: CompletionRequest): Promise<CompletionAnswer> {
  const body = JSON.stringify({
    model: wanted.model,
    prompt: wanted.prompt,
    max_tokens: wanted.maxTokens,
    ...(wanted.stream === true ? { stream: true, stream_options: { include_usage: true } } : {}),
  });
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = http.request(
      `${url}/v1/completions`,
      {
        method: "POST",
        headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
        timeout: 60_000,
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("error", reject);
        response.on("end", () => resolve(read(response, text, performance.now() - began)));
      },
    );
    outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer from ${url} within 60 s`)));
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

function read(response: http.IncomingMessage, body: string, milliseconds: number): CompletionAnswer {
  const contentType = response.headers["content-type"] ?? "";
  const streamed = contentType.includes("event-stream");
  const pieces = streamed ? eventsOf(body) : [body];
  const chunks = response.statusCode === 200 ? pieces.map((piece) => JSON.parse(piece) as Chunk) : [];
  const usage = chunks.find((chunk) => chunk.usage !== undefined && chunk.usage !== null)?.usage;
  const header = response.headers["x-inference-pod"];
  return {
    status: response.statusCode ?? 0,
    text: chunks.map((chunk) => chunk.choices?.[0]?.text ?? "").join(""),
    milliseconds: Math.round(milliseconds),
    servedBy: typeof header === "string" ? header : undefined,
    promptTokens: usage?.prompt_tokens,
    cachedTokens: usage?.prompt_tokens_details?.cached_tokens,
    events: streamed ? chunks.length : 0,
    contentType,
    body,
  };
}

/** The data of each event of a stream, without the closing [DONE]. */
function eventsOf(stream: string): string[] {
  const data: string[] = [];
  createParser({ onEvent: (event) => data.push(event.data) }).feed(stream);
  return data.filter((text) => text !== "[DONE]");
}

/** Repeats the request until the status is 200. Envoy gets a new route some moments after istiod. @throws Error after the timeout */
export async function complete(url: string, wanted: CompletionRequest, timeoutMs: number): Promise<CompletionAnswer> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const outcome = await request(url, wanted).catch((error: unknown) => error);
    const answered = outcome as CompletionAnswer;
    if (!(outcome instanceof Error) && answered.status === 200) return answered;
    if (Date.now() > end) {
      const what = outcome instanceof Error ? outcome.message : `${answered.status} ${answered.body.slice(0, 300)}`;
      throw new Error(`no completion from ${url} within ${timeoutMs / 1000} s; the last answer: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
