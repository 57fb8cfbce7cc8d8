/** Traffic for dashboards to show: conversations that share the beginning of their prompts, as a chat's turns do. */
import { request } from "../completion";

/** What is sent. */
export interface LoadOptions {
  /** URL of the model, without `/v1`. */
  readonly url: string;
  readonly model: string;
  readonly seconds: number;
  /** Conversations side by side. */
  readonly clients: number;
}

/** How many shared beginnings there are, and how many turns a conversation has before a new one starts. */
const PREFIXES = 6;
const TURNS = 6;

function words(seed: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${seed}-${index}`).join(" ");
}

/** Sends requests until the time is over. @returns how many were sent, and how many were not answered with 200 */
export async function sendLoad(options: LoadOptions): Promise<{ sent: number; failed: number }> {
  const end = Date.now() + options.seconds * 1000;
  const counts = { sent: 0, failed: 0 };
  const converse = async (client: number): Promise<void> => {
    // They come one after the other, so that what is drawn has a course.
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
