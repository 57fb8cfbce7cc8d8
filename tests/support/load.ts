import * as http from "node:http";

/** A request without a complete answer. */
export interface Lost {
  /** Seconds since the load began. */
  readonly at: number;
  /** The status or the connection error, with details. */
  readonly what: string;
}

/** The result of a load. */
export interface Loss {
  readonly asked: number;
  readonly answered: number;
  readonly lost: readonly Lost[];
}

/** Options of a load. */
export interface LoadOptions {
  readonly url: string;
  readonly model: string;
  /** Concurrent clients, each with one request at a time. @default 4 */
  readonly clients?: number;
  /** Tokens of each answer. The simulator takes 5 ms per token. @default 20 */
  readonly maxTokens?: number;
  /** Headers of each request. @default none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that takes longer than this is lost. */
const PATIENCE_MS = 30_000;

/** Windows before and after the work in which requests are observed too, in milliseconds. */
const [BEFORE_MS, AFTER_MS] = [1000, 2000];

/**
 * Clients that send one completion after the other, alternately streamed and not, each on a new connection and without retries.
 * Every request without a complete answer is counted.
 */
export class Load {
  private asked = 0;
  private stopped = false;
  private readonly lost: Lost[] = [];
  private readonly began = Date.now();
  private readonly done: Promise<unknown>;

  constructor(private readonly options: LoadOptions) {
    this.done = Promise.all(Array.from({ length: options.clients ?? 4 }, () => this.client()));
  }

  /** Sends load before, during and after some work. */
  static async during(options: LoadOptions, work: () => Promise<unknown>): Promise<Loss> {
    const load = new Load(options);
    try {
      await new Promise((resolve) => setTimeout(resolve, BEFORE_MS));
      await work();
      await new Promise((resolve) => setTimeout(resolve, AFTER_MS));
    } finally {
      load.stopped = true;
      await load.done;
    }
    return load.stop();
  }

  /** Stops the clients after their current request. */
  async stop(): Promise<Loss> {
    this.stopped = true;
    await this.done;
    const { asked, lost } = this;
    return { asked, answered: asked - lost.length, lost };
  }

  private async client(): Promise<void> {
    while (!this.stopped) {
      const number = ++this.asked;
      try {
        await this.ask(number);
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        this.lost.push({ at: (Date.now() - this.began) / 1000, what });
        // Otherwise a client that is refused at once would count a thousand times.
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  private ask(number: number): Promise<void> {
    const { url, model, maxTokens = 20, headers } = this.options;
    const stream = number % 2 === 0;
    return new Promise((resolve, reject) => {
      const request = http.request(
        `${url}/v1/completions`,
        {
          method: "POST",
          agent: false,
          timeout: PATIENCE_MS,
          headers: { ...headers, "content-type": "application/json" },
        },
        (response) => {
          let body = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => (body += chunk));
          response.on("error", reject);
          response.on("end", () => {
            const whole = stream ? body.includes("data: [DONE]") : body.trimEnd().endsWith("}");
            if (response.statusCode === 200 && whole) resolve();
            else reject(new Error(`${response.statusCode} ${body.slice(-200)}`));
          });
        },
      );
      request.once("timeout", () => request.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)));
      request.once("error", reject);
      request.end(JSON.stringify({ model, prompt: `Request ${number}`, max_tokens: maxTokens, stream }));
    });
  }
}

/** A summary line: `2 of 340 requests lost: 500 ...`. */
export function lossLine({ asked, lost }: Loss): string {
  const kinds = new Map<string, number>();
  for (const { what } of lost) kinds.set(what, (kinds.get(what) ?? 0) + 1);
  const first = lost[0]?.at.toFixed(1);
  const last = lost.at(-1)?.at.toFixed(1);
  const when =
    lost.length === 0
      ? ""
      : ` (from ${first} to ${last} s): ${[...kinds].map(([what, n]) => `${n}x ${what}`).join("; ")}`;
  return `${lost.length} of ${asked} requests lost${when}`;
}
