import * as assert from "node:assert/strict";
import { idealCache, tokensOf } from "../../../benchmarks/routing/oracle";

const words = (name: string, count: number): string =>
  Array.from({ length: count }, (_, at) => `${name}${at}`).join(" ");

describe("the oracle", () => {
  it("cuts text into the simulator's tokens", () => {
    assert.deepEqual(tokensOf("Say hello, you!"), ["Say ", "hello", ", ", "you", "!"]);
    assert.deepEqual(tokensOf(""), []);
  });

  it("hits nothing of a first prompt, and every full block of the same one", () => {
    const prompt = words("a", 35);
    const outcome = idealCache([prompt, prompt], 16, Infinity);
    assert.deepEqual(outcome, { tokens: 70, hits: 32, hitRate: 32 / 70, workingSet: 32 });
  });

  it("hits the blocks before the first difference, and none after it", () => {
    const [same, tail] = [words("a", 16), words("z", 16)];
    const { hits } = idealCache(
      [`${same} ${words("b", 16)} ${tail}`, `${same} ${words("c", 16)} ${tail}`],
      16,
      Infinity,
    );
    assert.equal(hits, 16);
  });

  it("forgets what was used longest ago", () => {
    const [a, b, c] = [words("a", 16), words("b", 16), words("c", 16)];
    assert.equal(idealCache([a, b, a, c, a], 16, 2).hits, 32, "a was used again before c came");
    assert.equal(idealCache([a, b, c, a], 16, 2).hits, 0, "a was the oldest");
  });

  it("never hits more with less memory", () => {
    const prompts = Array.from({ length: 60 }, (_, at) => `${words(`g${at % 7}`, 64)} ${words(`t${at % 11}`, 32)}`);
    const rates = [1, 4, 16, 64, Infinity].map((capacity) => idealCache(prompts, 16, capacity).hitRate);
    assert.deepEqual(
      [...rates].sort((left, right) => left - right),
      rates,
    );
  });
});
