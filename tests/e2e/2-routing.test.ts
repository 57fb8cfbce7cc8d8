import * as assert from "node:assert/strict";
import { complete } from "../../local/completion";
import { eventually, type TestEnvironment } from "../support/environment";
import { requestsServed } from "../support/metrics";
import { sharedEnvironment } from "../support/shared";

const MODEL_PODS = "ms-llm-d-modelservice-decode-";

/** A prompt with this many words of about five tokens. Even the short prompts have many distinct blocks. */
function longPrompt(seed: string, words = 1500): string {
  return Array.from({ length: words }, (_, index) => `${seed}-${index}`).join(" ");
}

describe("routing by the endpoint picker", function () {
  this.timeout(900_000);
  let environment: TestEnvironment;
  let url: string;
  let model: string;
  before(async () => {
    environment = await sharedEnvironment();
    const outputs = await environment.embedded.stack.outputs();
    url = String(outputs.gatewayUrl?.value);
    model = String((outputs.models?.value as string[])[0]);
  });

  /** How many requests each replica answered while `work` ran. */
  async function servedDuring(work: () => Promise<void>): Promise<number[]> {
    const pods = await environment.pods(MODEL_PODS);
    const count = (): Promise<number[]> => Promise.all(pods.map((pod) => requestsServed(pod.ip ?? "")));
    const before = await count();
    await work();
    return (await count()).map((value, index) => value - (before[index] ?? 0));
  }

  it("sends the same long prompt to one replica ten times out of ten", async () => {
    const prompt = longPrompt("same");
    const cached: number[] = [];
    const served = await servedDuring(async () => {
      for (let round = 0; round < 10; round++) {
        const answer = await complete(url, { model, prompt, maxTokens: 2 }, 60_000);
        cached.push((answer.cachedTokens ?? 0) / (answer.promptTokens ?? 1));
      }
    });
    assert.deepEqual([...served].sort(), [0, 0, 10]);
    assert.equal(cached[0], 0, "the first request is a cache miss on every replica");
    assert.ok(
      cached.slice(1).every((share) => share > 0.95),
      `share of the prompt from cache: ${cached.map((share) => share.toFixed(3)).join(" ")}`,
    );
  });

  it("spreads distinct prompts over all replicas", async () => {
    const prompts = Array.from({ length: 30 }, (_, index) => longPrompt(`distinct-${index}`, 150));
    const served = await servedDuring(async () => {
      // A few clients in parallel, each with one request at a time. Thirty requests at once would mostly go to one replica,
      // because the endpoint picker learns a replica's load only from its next read of the metrics.
      const client = async (): Promise<void> => {
        for (let prompt = prompts.pop(); prompt !== undefined; prompt = prompts.pop()) {
          await complete(url, { model, prompt, maxTokens: 4 }, 60_000);
        }
      };
      await Promise.all([client(), client(), client(), client()]);
    });
    assert.equal(
      served.reduce((left, right) => left + right, 0),
      30,
    );
    assert.ok(
      served.every((count) => count >= 3),
      `requests by replica: ${served.join(", ")}`,
    );
  });

  it("continues when a replica is killed, and the replica is restarted", async () => {
    const [victim] = await environment.pods(MODEL_PODS);
    assert.ok(victim?.pid !== undefined);
    let asked = 0;
    let lost = 0;
    let stop = false;
    const traffic = (async () => {
      while (!stop) {
        asked++;
        const answer = await complete(url, { model, prompt: `Request ${asked}`, maxTokens: 2 }, 0).catch(
          () => undefined,
        );
        if (answer === undefined) lost++;
      }
    })();
    process.kill(victim.pid, "SIGKILL");
    const back = await eventually(
      "the replica is ready again",
      60_000,
      async () => (await environment.pods(victim.name))[0],
      (pod) => pod !== undefined && pod.ready && pod.pid !== victim.pid && pod.restarts === victim.restarts + 1,
    );
    stop = true;
    await traffic;
    assert.equal(back?.restarts, victim.restarts + 1);
    assert.ok(asked > 10, `only ${asked} requests were sent`);
    // Requests in flight at the replica are lost, and requests until the endpoint picker notices.
    assert.ok(lost <= asked * 0.1, `${lost} of ${asked} requests were lost`);
  });
});
