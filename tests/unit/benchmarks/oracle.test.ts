import * as assert from "node:assert/strict";
import { idealCache, tokensOf } from "../../../benchmarks/routing/oracle";

const words = (name: string, count: number): string =>
  Array.from({ length: count }, (_, at) => `${name}${at}`).join(" ");

describe("the oracle of the routing benchmark", () => {
  it("splits text into the simulator's tokens", () => {
    assert.deepEqual(tokensOf("Say hello, you!"), ["Say ", "hello", ", ", "you", "!"]);
    assert.deepEqual(tokensOf(""), []);
  });

  it("has no hit for a first prompt, and hits every full block of a repeated one", () => {
    const prompt = words("a", 35);
    const outcome = idealCache([prompt, prompt], 16, Infinity);
    assert.deepEqual(outcome, { tokens: 70, hits: 32, hitRate: 32 / 70, workingSet: 32 });
  });

  it("hits the blocks before the first difference of two prompts, and none after it", () => {
    const [same, tail] = [words("a", 16), words("z", 16)];
    const { hits } = idealCache(
      [`${same} ${words("b", 16)} ${tail}`, `${same} ${words("c", 16)} ${tail}`],
      16,
      Infinity,
    );
    assert.equal(hits, 16);
  });

  it("evicts the least recently used block", () => {
    const [a, b, c] = [words("a", 16), words("b", 16), words("c", 16)];
    assert.equal(idealCache([a, b, a, c, a], 16, 2).hits, 32, "a was used again before c came");
    assert.equal(idealCache([a, b, c, a], 16, 2).hits, 0, "a was the oldest");
  });

  it("never has more hits with a smaller cache", () => {
    const prompts = Array.from({ length: 60 }, (_, at) => `${words(`g${at % 7}`, 64)} ${words(`t${at % 11}`, 32)}`);
    const rates = [1, 4, 16, 64, Infinity].map((capacity) => idealCache(prompts, 16, capacity).hitRate);
    assert.deepEqual(
      [...rates].sort((left, right) => left - right),
      rates,
    );
  });
});
