import * as assert from "node:assert/strict";
import { imbalance, percentile, summarize } from "../../../validation/statistics";
import { textOf } from "../../../validation/workload";
import { openers, requestsOf, sharedPrefixTrace } from "../../../validation/workload";

const ARGS = {
  ...{ seed: "s", groups: 3, sessionsPerGroup: 2, turns: 4 },
  ...{ prefixTokens: 200, turnTokens: 20, outputTokens: 8 },
};

describe("the validation's workload", () => {
  const trace = sharedPrefixTrace(ARGS);

  it("is the same for the same arguments", () => assert.deepEqual(sharedPrefixTrace(ARGS), trace));

  it("has sessions whose prompts continue each other, and share their group's prefix", () => {
    assert.equal(trace.sessions.length, 6);
    assert.equal(new Set(requestsOf(trace).map(({ id }) => id)).size, 24);
    for (const session of trace.sessions) {
      session.slice(1).forEach((request, index) => {
        assert.ok(request.prompt.startsWith(session[index]?.prompt ?? "?"));
      });
    }
    const [a, b, c, second] = trace.sessions.map(([first]) => first);
    const shared = (left = "", right = ""): number => {
      const at = [...left].findIndex((character, index) => character !== right[index]);
      return at < 0 ? left.length : at;
    };
    assert.deepEqual([a?.group, b?.group, c?.group, second?.group], [0, 1, 2, 0]);
    assert.ok(shared(a?.prompt, second?.prompt) > 200 * 4);
    assert.ok(shared(a?.prompt, b?.prompt) < 8);
  });

  it("shares no text with that of another seed, not even the first block", () => {
    const other = sharedPrefixTrace({ ...ARGS, seed: "t" });
    const first = (from: typeof trace): Set<string> =>
      new Set(requestsOf(from).map(({ prompt }) => prompt.slice(0, 8)));
    assert.deepEqual(
      [...first(trace)].filter((start) => first(other).has(start)),
      [],
    );
  });

  it("opens each group with one request, the first of its first session", () => {
    assert.deepEqual(
      openers(trace).map(({ id }) => id),
      ["0-0-0", "1-0-0", "2-0-0"],
    );
  });

  it("has text of the given number of words, with about four characters and a space each", () => {
    const words = textOf("x", 1000).split(" ");
    assert.equal(words.length, 1000);
    assert.ok(Math.abs(words.join(" ").length / 1000 - 5) < 0.2);
  });
});

describe("the validation's statistics", () => {
  it("interpolates percentiles as NumPy does", () => {
    // numpy.percentile([1, 2, 3, 4, 10], [50, 95]) is [3, 8.8]
    assert.deepEqual([percentile([10, 1, 3, 2, 4], 0.5), percentile([1, 2, 3, 4, 10], 0.95).toFixed(3)], [3, "8.800"]);
    assert.ok(Number.isNaN(percentile([], 0.5)));
    assert.deepEqual(summarize([5]), { count: 1, mean: 5, p50: 5, p95: 5, max: 5 });
  });

  it("gives the imbalance as the largest load over the mean", () => assert.equal(imbalance([1, 1, 4]), 2));
});
