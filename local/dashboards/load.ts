/** Traffic for the dashboards: conversations whose prompts share prefixes, as the turns of a chat do. */
import { request } from "../completion";

/** The load to send. */
export interface LoadOptions {
  /** URL of the model, without `/v1`. */
  readonly url: string;
  readonly model: string;
  readonly seconds: number;
  /** Concurrent conversations. */
  readonly clients: number;
}

/** Number of shared prefixes, and of turns in a conversation. */
const PREFIXES = 6;
const TURNS = 6;

function words(seed: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${seed}-${index}`).join(" ");
}

/** Sends requests until the time is over. @returns the number of requests, and of those without status 200 */
export async function sendLoad(options: LoadOptions): Promise<{ sent: number; failed: number }> {
  const end = Date.now() + options.seconds * 1000;
  const counts = { sent: 0, failed: 0 };
  const converse = async (client: number): Promise<void> => {
    // The clients start one after the other, so that the load rises.
    await new Promise((resolve) => setTimeout(resolve, (client / options.clients) * options.seconds * 500));
    for (let conversation = 0; Date.now() < end; conversation++) {
      let prompt = words(`system-${(client + conversation) % PREFIXES}`, 120);
      for (let turn = 0; turn < TURNS && Date.now() < end; turn++) {
        prompt += ` ${words(`c${client}-${conversation}-${turn}`, 20)}`;
        const wanted = { model: options.model, prompt, maxTokens: 8 + ((client * 7 + turn * 5) % 24), stream: true };
        const status = await request(options.url, wanted).then(
          (answer) => answer.status,
          () => 0,
        );
        counts.sent++;
        if (status !== 200) counts.failed++;
      }
    }
  };
  await Promise.all(Array.from({ length: options.clients }, (_, client) => converse(client)));
  return counts;
}
