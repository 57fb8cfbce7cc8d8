import * as assert from "node:assert/strict";
import { changedInputs, checkPassword, makePassword } from "../../../local/random/password";

describe("the local random provider", () => {
  const refused = (inputs: Record<string, unknown>) =>
    checkPassword(inputs).failures.map(({ property, reason }) => `${property}: ${reason}`);

  it("makes passwords with the requested length and characters", () => {
    const { inputs, failures } = checkPassword({ length: 24, special: false, minUpper: 3, minNumeric: 20 });
    assert.deepEqual(failures, []);
    const made = Array.from({ length: 50 }, () => makePassword(inputs));
    assert.equal(new Set(made).size, 50);
    for (const password of made) {
      assert.match(password, /^[A-Za-z0-9]{24}$/);
      assert.ok((password.match(/[A-Z]/g)?.length ?? 0) >= 3 && (password.match(/\d/g)?.length ?? 0) >= 20, password);
    }
    assert.match(makePassword(checkPassword({ length: 40 }).inputs), /^[\w!@#$%&*()\-=+[\]{}<>:?]{40}$/);
  });

  it("accepts other special characters, and number as the old name of numeric", () => {
    const only = { length: 12, lower: false, upper: false, number: false, overrideSpecial: "_" };
    assert.equal(makePassword(checkPassword(only).inputs), "____________");
  });

  it("refuses the inputs that the official provider refuses", () => {
    assert.deepEqual(refused({}), ["length: is required"]);
    assert.deepEqual(refused({ length: "8" }), ["length: must be a number"]);
    assert.deepEqual(refused({ length: 8, words: 2 }), ["words: RandomPassword has no such input"]);
    assert.match(refused({ length: 2, minLower: 3 }).join(), /^length: must be at least 3/);
    assert.match(refused({ length: 0 }).join(), /^length: must be at least 1/);
    const none = { length: 8, lower: false, upper: false, numeric: false, special: false };
    assert.match(refused(none).join(), /every kind of characters is excluded/);
  });

  it("replaces a password only when an input changes", () => {
    const olds = { ...checkPassword({ length: 24, keepers: { a: "1" } }).inputs, result: "x" };
    assert.deepEqual(changedInputs(olds, checkPassword({ length: 24, keepers: { a: "1" } }).inputs), []);
    assert.deepEqual(changedInputs(olds, checkPassword({ length: 25, keepers: { a: "2" } }).inputs), [
      "length",
      "keepers",
    ]);
  });
});
