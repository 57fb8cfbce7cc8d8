import * as assert from "node:assert/strict";
import { age, table } from "../../../local/status";

describe("local/status", () => {
  const now = new Date("2026-01-02T00:00:00Z");
  const before = (seconds: number): string => new Date(now.getTime() - seconds * 1000).toISOString();

  it("formats ages as kubectl does", () => {
    assert.deepEqual(
      [5, 119, 120, 7199, 7200, 172_799, 172_800].map((seconds) => age(before(seconds), now)),
      ["5s", "119s", "2m", "119m", "2h", "47h", "2d"],
    );
    assert.equal(age(undefined, now), "-");
  });

  it("aligns the columns and leaves no trailing blanks", () => {
    assert.equal(
      table([
        ["POD", "STATE"],
        ["llm-d/epp", "up"],
      ]),
      "POD        STATE\nllm-d/epp  up\n",
    );
  });
});
