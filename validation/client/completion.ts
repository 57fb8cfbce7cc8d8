import type { IncomingMessage } from "node:http";
import { type Endpoint, openRequest } from "./endpoint";

/** One request for a completion, in OpenAI's API. */
export interface CompletionRequest {
  readonly model: string;
  readonly prompt: string;
  /** Tokens to generate. */
  readonly maxTokens: number;
  /** Most time for the whole answer, in milliseconds. Default: 120000. */
  readonly timeoutMs?: number;
}

/** Tokens, as the server counts them. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Tokens of the prompt that were in the KV cache, where the server tells (vLLM: --enable-prompt-tokens-details). */
  readonly cachedTokens?: number;
}

/** How a request went. Times are of a monotonic clock, in milliseconds. */
export interface Completion {
  /** When it was sent: performance.now() of this process. */
  readonly sentAt: number;
  /** Until the first token; undefined where none came. */
  readonly ttftMs?: number;
  /** Between one token's event and the next. */
  readonly gapsMs: readonly number[];
  /** Until the end of the answer. */
  readonly totalMs: number;
  /** HTTP status, 0 where there was no answer. */
  readonly status: number;
  /** What went wrong; undefined for an answer that is whole. */
  readonly error?: string;
  readonly text: string;
  readonly usage?: Usage;
  /** The pod that answered, where the server tells (the simulator does). */
  readonly servedBy?: string;
}

interface Chunk {
  readonly error?: { readonly message?: string } | null;
  readonly choices?: readonly { readonly text?: string }[];
  readonly usage?: {
    readonly prompt_tokens?: number;
    readonly completion_tokens?: number;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null;
  } | null;
}

/** Most of a refusal's body that is kept, in characters. */
const ERROR_LENGTH = 200;

/** Sends a streamed completion and measures it. A failure is part of the outcome: it does not throw. */
export function streamCompletion(endpoint: Endpoint, wanted: CompletionRequest): Promise<Completion> {
  const body = JSON.stringify({
    model: wanted.model,
    prompt: wanted.prompt,
    max_tokens: wanted.maxTokens,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
    // vLLM's own: without it an answer may be shorter, and its times not comparable.
    ignore_eos: true,
  });
  const request = openRequest(endpoint, "/v1/completions", {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) },
    timeoutMs: wanted.timeoutMs ?? 120_000,
  });
  const sentAt = performance.now();
  return new Promise((resolve) => {
    const reader = new StreamReader(sentAt);
    const end = (error?: Error): void => resolve(reader.outcome(error));
    request.once("error", end);
    request.once("response", (response) => {
      reader.answered(response);
      response.setEncoding("utf8");
      response.on("data", (part: string) => reader.take(part));
      response.once("error", end);
      response.once("end", () => end());
    });
    request.end(body);
  });
}

/** Reads a stream of server-sent events as it comes. */
export class StreamReader {
  private status = 0;
  private servedBy: string | undefined;
  private rest = "";
  private refusal = "";
  private text = "";
  private usage: Usage | undefined;
  private failure: string | undefined;
  private done = false;
  private readonly tokenTimes: number[] = [];

  constructor(
    private readonly sentAt: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  answered(response: Pick<IncomingMessage, "statusCode" | "headers">): void {
    this.status = response.statusCode ?? 0;
    const header = response.headers["x-inference-pod"];
    this.servedBy = typeof header === "string" ? header : undefined;
  }

  /** Takes what came; a line may come in several parts. */
  take(part: string): void {
    if (this.status !== 200) {
      this.refusal = (this.refusal + part).slice(0, ERROR_LENGTH);
      return;
    }
    const lines = (this.rest + part).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.line(line.trimEnd());
  }

  /** How the request went, with what is known at its end. */
  outcome(error?: Error): Completion {
    const at = this.now();
    const [first] = this.tokenTimes;
    const failure = error?.message ?? this.problem();
    return {
      sentAt: this.sentAt,
      status: this.status,
      ...(first === undefined ? {} : { ttftMs: first - this.sentAt }),
      gapsMs: this.tokenTimes.slice(1).map((time, index) => time - (this.tokenTimes[index] ?? time)),
      totalMs: at - this.sentAt,
      text: this.text,
      ...(failure === undefined ? {} : { error: failure }),
      ...(this.usage === undefined ? {} : { usage: this.usage }),
      ...(this.servedBy === undefined ? {} : { servedBy: this.servedBy }),
    };
  }

  private line(line: string): void {
    if (!line.startsWith("data:")) return;
    const data = line.slice("data:".length).trim();
    if (data === "[DONE]") {
      this.done = true;
      return;
    }
    let chunk: Chunk;
    try {
      chunk = JSON.parse(data) as Chunk;
    } catch {
      this.failure = "an event of the answer is not JSON";
      return;
    }
    if (chunk.error !== undefined && chunk.error !== null)
      this.failure = chunk.error.message ?? "an error in the answer";
    const piece = chunk.choices?.[0]?.text ?? "";
    if (piece !== "") {
      this.tokenTimes.push(this.now());
      this.text += piece;
    }
    if (chunk.usage !== undefined && chunk.usage !== null) this.usage = usageOf(chunk.usage);
  }

  private problem(): string | undefined {
    if (this.status !== 200) return `HTTP ${this.status}${this.refusal === "" ? "" : `: ${this.refusal.trim()}`}`;
    if (this.failure !== undefined) return this.failure;
    if (!this.done) return "the answer ended before it was whole";
    return this.tokenTimes.length === 0 ? "the answer has no token" : undefined;
  }
}

function usageOf(usage: NonNullable<Chunk["usage"]>): Usage {
  const cachedTokens = usage.prompt_tokens_details?.cached_tokens;
  return {
    promptTokens: usage.prompt_tokens ?? 0,
    completionTokens: usage.completion_tokens ?? 0,
    ...(cachedTokens === undefined ? {} : { cachedTokens }),
  };
}
