import * as assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { StreamReader, streamCompletion } from "../../../validation/client/completion";
import { counted, parseCacheConfig, parseCounters } from "../../../validation/client/counters";
import { closeConnections, type Endpoint } from "../../../validation/client/endpoint";
import { drive, roundRobin, type Sample } from "../../../validation/driver";
import { sharedPrefixTrace } from "../../../validation/workload";

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const USAGE = { prompt_tokens: 20, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 16 } };

describe("the streaming completion client", () => {
  it("measures the time to the first token and between tokens, wherever the stream is split", () => {
    let now = 100;
    const reader = new StreamReader(100, () => now);
    reader.answered(200);
    const stream = [
      [110, event({ choices: [{ text: "" }] })],
      [150, event({ choices: [{ text: "a" }] })],
      [170, event({ choices: [{ text: "b" }] })],
      [171, event({ choices: [], usage: USAGE }) + "data: [DONE]\n\n"],
    ] as const;
    for (const [at, text] of stream) {
      now = at;
      for (const part of [text.slice(0, 9), text.slice(9)]) reader.take(part);
    }
    now = 172;
    assert.deepEqual(reader.outcome(), {
      ...{ sentAt: 100, status: 200, ttftMs: 50, gapsMs: [20], totalMs: 72, text: "ab" },
      usage: { promptTokens: 20, completionTokens: 2, cachedTokens: 16 },
    });
  });

  const failures: [string, number, string, RegExp][] = [
    ["an HTTP error, with the start of its body", 503, "no healthy upstream", /^HTTP 503: no healthy upstream$/],
    ["an incomplete answer", 200, event({ choices: [{ text: "a" }] }), /ended before it was complete/],
    ["an error inside the stream", 200, event({ error: { message: "out of memory" } }), /out of memory/],
    ["an answer without a token", 200, "data: [DONE]\n\n", /no token/],
    ["an event that is not JSON", 200, "data: {x\n\n", /not JSON/],
  ];
  for (const [what, statusCode, body, problem] of failures) {
    it(`reports ${what} as an error`, () => {
      const reader = new StreamReader(0);
      reader.answered(statusCode);
      reader.take(body);
      assert.match(reader.outcome().error ?? "", problem);
    });
  }

  describe("against a server", () => {
    const seen: { url?: string; headers: http.IncomingHttpHeaders; body: Record<string, unknown> }[] = [];
    const server = http.createServer((request, response) => {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        seen.push({ url: request.url, headers: request.headers, body: JSON.parse(body) as Record<string, unknown> });
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(event({ choices: [{ text: "a" }] }));
        setTimeout(() => response.end(`${event({ choices: [], usage: USAGE })}data: [DONE]\n\n`), 20);
      });
    });
    let endpoint: Endpoint;
    before(async () => {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      endpoint = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/id`, headers: { "x-key": "k" } };
    });
    beforeEach(() => void seen.splice(0));
    after(() => {
      closeConnections();
      server.close();
    });

    it("requests a stream with usage, and sends the given headers", async () => {
      const outcome = await streamCompletion(endpoint, { model: "m", prompt: "p", maxTokens: 2 });
      assert.equal(outcome.error, undefined);
      assert.ok((outcome.ttftMs ?? NaN) <= outcome.totalMs && outcome.totalMs >= 19);
      const [request] = seen;
      assert.deepEqual([request?.url, request?.headers["x-key"]], ["/id/v1/completions", "k"]);
      assert.deepEqual([request?.body.max_tokens, request?.body.stream_options], [2, { include_usage: true }]);
    });

    it("reports why a request got no answer", async () => {
      const nobody = await streamCompletion({ url: "http://127.0.0.1:1" }, { model: "m", prompt: "p", maxTokens: 2 });
      assert.deepEqual([nobody.status, /ECONNREFUSED/.test(nobody.error ?? "")], [0, true]);
      const late = { model: "m", prompt: "p", maxTokens: 2, timeoutMs: 5 };
      assert.match((await streamCompletion(endpoint, late)).error ?? "", /no answer within 0.005 s/);
    });

    it("drives the openers first, keeps the order of each session, and routes round robin to the replicas", async () => {
      const trace = sharedPrefixTrace({
        ...{ seed: "d", groups: 2, sessionsPerGroup: 2, turns: 3 },
        ...{ prefixTokens: 20, turnTokens: 5, outputTokens: 2 },
      });
      const other = { ...endpoint, url: endpoint.url.replace("/id", "/other") };
      const reported: Sample[] = [];
      const route = roundRobin([endpoint, other]);
      const samples = await drive(trace, route, {
        model: "m",
        concurrency: 2,
        openersFirst: true,
        onSample: (sample) => reported.push(sample),
      });
      assert.equal(samples.length, 12);
      assert.deepEqual(
        reported.map(({ cold }) => cold),
        [true, true, ...Array.from({ length: 10 }, () => false)],
      );
      assert.equal(seen.filter(({ url }) => url?.startsWith("/other")).length, 6);
      for (const session of trace.sessions) {
        const order = samples.filter(({ request }) => request.session === session[0]?.session);
        assert.deepEqual(
          order.map(({ request }) => request.turn),
          [0, 1, 2],
        );
      }
    });
  });
});

describe("a model server's counters", () => {
  const spellings: [string, string][] = [
    ["vLLM 0.10", "vllm:prefix_cache_%_total"],
    ["the simulator", "vllm:prefix_cache_%"],
    ["an older vLLM", "vllm:gpu_prefix_cache_%_total"],
  ];
  for (const [whose, name] of spellings) {
    it(`are read with the metric names of ${whose}`, () => {
      const metric = (what: string): string => name.replace("%", what);
      const text = [
        `# HELP ${metric("hits")} x`,
        `${metric("hits")}{engine="0",model_name="m"} 1.5e+02`,
        `${metric("queries")}{engine="0",model_name="m"} 200`,
        `${metric("queries")}{engine="1",model_name="m"} 100`,
        `vllm:request_success_total{finished_reason="stop"} 3`,
        `vllm:request_success_total{finished_reason="length"} 4`,
      ].join("\n");
      assert.deepEqual(parseCounters(text), { queries: 300, hits: 150, requests: 7 });
    });
  }

  it("are zero without metrics", () => {
    assert.deepEqual(parseCounters("up 1"), { queries: 0, hits: 0, requests: 0 });
  });

  it("give the difference of two readings, also across a restart of the server", () => {
    const at = (queries: number, hits: number, requests: number) => ({ queries, hits, requests });
    assert.deepEqual(counted(at(10, 5, 1), at(30, 15, 3)), at(20, 10, 2));
    assert.deepEqual(counted(at(100, 50, 9), at(30, 15, 3)), at(30, 15, 3));
  });

  it("come with the configuration of the cache", () => {
    const text = `vllm:cache_config_info{block_size="16",enable_prefix_caching="True",num_gpu_blocks="10000"} 1.0`;
    assert.deepEqual(parseCacheConfig(text), { blockSize: 16, blocks: 10_000, prefixCaching: true });
    assert.deepEqual(parseCacheConfig(`vllm:cache_config_info{num_gpu_blocks="None"} 1`), {});
  });
});
