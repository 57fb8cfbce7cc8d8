import * as assert from "node:assert/strict";
import { mergeValues } from "../../../../components/charts/values";

describe("merging chart values", () => {
  it("merges objects key by key and replaces everything else", () => {
    const base = { a: { b: 1, c: [1, 2] }, d: "x" };
    assert.deepEqual(mergeValues(base, { a: { c: [3] }, d: { e: true } }), { a: { b: 1, c: [3] }, d: { e: true } });
  });

  it("lets the last one win and changes none of them", () => {
    const base = { a: { b: 1 } };
    assert.deepEqual(mergeValues(base, { a: { b: 2 } }, { a: { b: 3 } }), { a: { b: 3 } });
    assert.deepEqual(base, { a: { b: 1 } });
  });
});
