import * as assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { complete, request } from "../../../local/completion";

describe("local/completion", () => {
  let server: http.Server;
  let answer: http.RequestListener;
  let url: string;
  before(async () => {
    server = http.createServer((incoming, response) => answer(incoming, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  const wanted = { model: "m", prompt: "p", maxTokens: 2 };
  const usage = { prompt_tokens: 8, prompt_tokens_details: { cached_tokens: 4 } };

  it("joins the pieces of a stream, and counts its events without [DONE]", async () => {
    answer = (_incoming, response) => {
      response.setHeader("content-type", "text/event-stream");
      const chunks = [{ choices: [{ text: "a" }] }, { choices: [{ text: "b" }] }, { choices: [], usage }];
      response.end(
        [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"].map((data) => `data: ${data}\n\n`).join(""),
      );
    };
    const { status, text, events, promptTokens, cachedTokens } = await request(url, { ...wanted, stream: true });
    assert.deepEqual([status, text, events, promptTokens, cachedTokens], [200, "ab", 3, 8, 4]);
  });

  it("reads a complete answer and the pod that served it", async () => {
    answer = (_incoming, response) => {
      response.setHeader("x-inference-pod", "10.244.0.7");
      response.end(JSON.stringify({ choices: [{ text: "ab" }], usage }));
    };
    const { text, events, servedBy } = await request(url, wanted);
    assert.deepEqual([text, events, servedBy], ["ab", 0, "10.244.0.7"]);
  });

  it("repeats a request until the status is 200", async () => {
    let requests = 0;
    answer = (_incoming, response) => {
      response.statusCode = ++requests < 2 ? 503 : 200;
      response.end(requests < 2 ? "no route" : JSON.stringify({ choices: [{ text: "ab" }] }));
    };
    assert.equal((await complete(url, wanted, 5000)).text, "ab");
    assert.equal(requests, 2);
  });

  it("reports the last answer when no request succeeds in time", async () => {
    answer = (_incoming, response) => response.writeHead(503).end("no route");
    await assert.rejects(complete(url, wanted, 0), /no completion .*; the last answer: 503 no route/);
  });
});
