import * as http from "node:http";

/** One request for a completion. */
export interface CompletionRequest {
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly stream?: boolean;
}

/** What came back. */
export interface CompletionAnswer {
  readonly status: number;
  /** The completion's text; of a stream, its pieces joined. */
  readonly text: string;
  readonly milliseconds: number;
  /** The pod that the endpoint picker chose, by its address, where the gateway tells. */
  readonly servedBy?: string;
  /** Tokens of the prompt, and how many of them were in the KV cache. */
  readonly promptTokens?: number;
  readonly cachedTokens?: number;
  /** How many events a streamed answer had, the closing [DONE] left out. */
  readonly events: number;
  readonly contentType: string;
  readonly body: string;
}

interface Chunk {
  choices?: { text?: string }[];
  usage?: { prompt_tokens?: number; prompt_tokens_details?: { cached_tokens?: number } };
}

/** Sends one completion; the answer is returned whatever its status. */
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
  const pieces = streamed
    ? body
        .split("\n")
        .filter((line) => line.startsWith("data: {"))
        .map((line) => line.slice(6))
    : [body];
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

/** Asks again until the answer is 200, as a client with retries would; Envoy has a new route some moments after istiod. */
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
