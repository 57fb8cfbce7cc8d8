import * as assert from "node:assert/strict";
import * as z from "zod";
import { checkApplies, describeApplies } from "../../../settings/appliesTo";
import { applies, choice, field, flag, onlyWith, wholeNumber } from "../../../settings/fields";
import { treeOf } from "../../../settings/schemaTree";

const shop = z.strictObject({
  mode: choice(["open", "closed", "paused"], "Mode.").default("open"),
  discount: applies(wholeNumber(0, 90, "Discount.", "percent"), onlyWith("mode", ["open"], ["paused"])).default(0),
  card: flag("Card.").optional(),
  pin: applies(wholeNumber(0, 9999, "PIN.", "number"), { condition: { with: "card" } }).optional(),
  cash: applies(flag("Cash."), { condition: { without: "card" } }).optional(),
  shelves: field(
    z.array(
      z.strictObject({
        kind: choice(["cold", "dry"], "Kind.").default("dry"),
        degrees: applies(wholeNumber(0, 10, "Degrees.", "degrees"), onlyWith("./kind", ["cold"])).optional(),
        light: applies(flag("Light."), {
          condition: { setting: "./kind", in: ["dry"] },
          where: [{ setting: "mode", in: ["closed"] }],
        }).optional(),
      }),
    ),
    { description: "Shelves.", expected: "a list of shelves" },
  ).default([]),
});

/** What is refused, as a user reads it. */
const refused = (raw: object): string[] =>
  checkApplies(treeOf(shop), shop.parse(raw), raw).map(({ path, message }) => `${path}: ${message}`);

describe("where settings apply", () => {
  it("refuses a setting whose condition does not hold, and says what to write", () => {
    assert.deepEqual(refused({ mode: "closed", discount: 10 }), [
      "discount: has no effect with mode closed; remove it, or write open as mode",
    ]);
    assert.deepEqual(refused({ mode: "open", discount: 10 }), []);
  });

  it("lets a setting stay while it is only switched off", () => {
    assert.deepEqual(refused({ mode: "paused", discount: 10 }), []);
  });

  it("refuses only what is written, never a default", () => {
    assert.deepEqual(refused({ mode: "closed" }), []);
  });

  it("knows settings that need another one, and settings that exclude another one", () => {
    assert.deepEqual(refused({ pin: 1234 }), ["pin: has no effect without card; remove it"]);
    assert.deepEqual(refused({ card: true, cash: true }), [
      "cash: has no effect together with card; remove one of them",
    ]);
    assert.deepEqual(refused({ card: true, pin: 1234 }), []);
  });

  it("finds the sibling of a list's item, and names the item", () => {
    assert.deepEqual(refused({ shelves: [{ kind: "cold", degrees: 4 }, { degrees: 4 }] }), [
      "shelves[1].degrees: has no effect with shelves[1].kind dry; remove it, or write cold as shelves[1].kind",
    ]);
  });

  it("counts a condition only where its other conditions hold", () => {
    const shelves = [{ kind: "cold", light: true }];
    assert.deepEqual(refused({ mode: "open", shelves }), []);
    assert.deepEqual(refused({ mode: "closed", shelves }), [
      "shelves[0].light: has no effect with shelves[0].kind cold; remove it, or write dry as shelves[0].kind",
    ]);
  });

  it("judges nothing by a setting that is unknown", () => {
    assert.deepEqual(checkApplies(treeOf(shop), {}, { mode: "wrong", discount: 10 }), []);
  });

  it("is described for the documentation", () => {
    const { properties } = treeOf(shop);
    const words = (key: string) => describeApplies(properties?.[key]?.appliesTo).trim();
    assert.equal(words("discount"), "Only with `mode` open.");
    assert.equal(words("pin"), "Only with `card`.");
    assert.equal(words("cash"), "Only without `card`.");
    const light = properties?.["shelves"]?.items?.properties?.["light"]?.appliesTo;
    assert.equal(describeApplies(light).trim(), "Only with `kind` dry, where `mode` closed.");
  });
});
