import * as assert from "node:assert/strict";
import * as crypto from "node:crypto";
import { type HeaderMatch, RELEASE_HEADER, releaseMatches } from "../../../../components/gateway/trafficSplit";

/** Whether a request with these headers matches, as Envoy would find: regular expressions match the whole value. */
function matches(lists: readonly (readonly HeaderMatch[])[], headers: Record<string, string>): boolean {
  return lists.some((list) =>
    list.every(({ type, name, value }) => {
      const given = headers[name];
      if (given === undefined) return false;
      return type === "Exact" ? given === value : new RegExp(`^(?:${value})$`).test(given);
    }),
  );
}

const numbered = (number: number): string => `${number.toString(16).padStart(3, "0")}${crypto.randomUUID().slice(3)}`;

describe("the split of a model's requests", () => {
  for (const weight of [0.1, 1, 10, 33, 50, 75, 99, 99.9]) {
    it(`gives the canary ${weight} % of all ids, and the others to the model itself`, () => {
      const split = releaseMatches(weight);
      const taken = Array.from({ length: 4096 }, (_, number) => numbered(number)).filter((id) =>
        matches(split.canary, { "x-request-id": id }),
      );
      assert.equal(taken.length, Math.round(40.96 * weight));
      assert.ok(matches(split.stable, { "x-request-id": "whatever a client has written" }));
    });
  }

  it("gives all to one of them at its ends", () => {
    const id = { "x-request-id": numbered(0) };
    assert.deepEqual([matches(releaseMatches(0).stable, id), matches(releaseMatches(0).canary, id)], [true, false]);
    assert.deepEqual([matches(releaseMatches(100).stable, id), matches(releaseMatches(100).canary, id)], [false, true]);
  });

  it("gives each request the release that it asks for, at every weight", () => {
    for (const weight of [0, 50, 100]) {
      const split = releaseMatches(weight);
      for (const release of ["stable", "canary"] as const) {
        const exact = split[release].filter((list) => list.some(({ name }) => name === RELEASE_HEADER));
        assert.ok(matches(exact, { [RELEASE_HEADER]: release }), `${release} at ${weight}`);
      }
    }
  });
});
