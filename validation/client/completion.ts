import { createParser } from "eventsource-parser";
import { type Endpoint, openRequest } from "./endpoint";

/** One request for a completion, in OpenAI's API. */
interface CompletionRequest {
  readonly model: string;
  readonly prompt: string;
  /** Tokens to generate. */
  readonly maxTokens: number;
  /**
   * Time limit for the whole answer, in milliseconds.
   *
   * @default 120000
   */
  readonly timeoutMs?: number;
}

/** Tokens, as the server counts them. */
interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Prompt tokens from the KV cache, if the server reports them (vLLM: --enable-prompt-tokens-details). */
  readonly cachedTokens?: number;
}

/** The outcome of one request. Times are in milliseconds, by a monotonic clock. */
export interface Completion {
  /** When it was sent: `performance.now()` of this process. */
  readonly sentAt: number;
  /** Time to the first token; undefined if no token came. */
  readonly ttftMs?: number;
  /** Time between each token's event and the next. */
  readonly gapsMs: readonly number[];
  /** Time to the end of the answer. */
  readonly totalMs: number;
  /** HTTP status, 0 if there was no answer. */
  readonly status: number;
  /** What went wrong; undefined for a complete answer. */
  readonly error?: string;
  readonly text: string;
  readonly usage?: Usage;
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

/** Characters of an error response's body that are kept. */
const ERROR_LENGTH = 200;

/** Sends a streamed completion and measures it. It does not throw: a failure is part of the outcome. */
export function streamCompletion(endpoint: Endpoint, wanted: CompletionRequest): Promise<Completion> {
  const body = JSON.stringify({
    model: wanted.model,
    prompt: wanted.prompt,
    max_tokens: wanted.maxTokens,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
    // An option of vLLM. Without it answers differ in length, and their times are not comparable.
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
      reader.answered(response.statusCode ?? 0);
      response.setEncoding("utf8");
      response.on("data", (part: string) => reader.take(part));
      response.once("error", end);
      response.once("end", () => end());
    });
    request.end(body);
  });
}

/** Reads and times a stream of server-sent events while it arrives. */
export class StreamReader {
  private status = 0;
  private errorBody = "";
  private text = "";
  private usage: Usage | undefined;
  private failure: string | undefined;
  private done = false;
  private readonly tokenTimes: number[] = [];
  private readonly parser = createParser({ onEvent: ({ data }) => this.event(data) });

  constructor(
    private readonly sentAt: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Takes the status. */
  answered(status: number): void {
    this.status = status;
  }

  /** Takes a part of the body; an event may come in several parts. */
  take(part: string): void {
    if (this.status === 200) this.parser.feed(part);
    else this.errorBody = (this.errorBody + part).slice(0, ERROR_LENGTH);
  }

  /** The outcome, when the stream has ended or failed. */
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
    };
  }

  private event(data: string): void {
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
    if (chunk.error) this.failure = chunk.error.message ?? "an error in the answer";
    const piece = chunk.choices?.[0]?.text ?? "";
    if (piece !== "") {
      this.tokenTimes.push(this.now());
      this.text += piece;
    }
    if (chunk.usage) this.usage = usageOf(chunk.usage);
  }

  private problem(): string | undefined {
    if (this.status !== 200) return `HTTP ${this.status}${this.errorBody === "" ? "" : `: ${this.errorBody.trim()}`}`;
    if (this.failure !== undefined) return this.failure;
    if (!this.done) return "the answer ended before it was complete";
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
