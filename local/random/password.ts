import * as crypto from "node:crypto";
import { isDeepStrictEqual } from "node:util";

/** The inputs of `RandomPassword`. */
export interface PasswordInputs {
  /** Number of characters. */
  readonly length?: unknown;
  readonly [name: string]: unknown;
}

/** The kinds of characters, each with the input for its least number. The characters are those of the official provider. */
const KINDS = {
  lower: { least: "minLower", characters: "abcdefghijklmnopqrstuvwxyz" },
  upper: { least: "minUpper", characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
  numeric: { least: "minNumeric", characters: "0123456789" },
  special: { least: "minSpecial", characters: "!@#$%&*()-_=+[]{}<>:?" },
} as const;

type Kind = keyof typeof KINDS;
const KIND_NAMES = Object.keys(KINDS) as Kind[];

/** Every input of the official resource, with its type. */
const INPUTS: Readonly<Record<string, "number" | "boolean" | "string" | "object">> = {
  length: "number",
  keepers: "object",
  // The old name of numeric.
  number: "boolean",
  overrideSpecial: "string",
  ...Object.fromEntries(
    KIND_NAMES.flatMap((kind) => [[kind, "boolean"] as const, [KINDS[kind].least, "number"] as const]),
  ),
};

/** A refused input. */
export interface Refusal {
  readonly property: string;
  readonly reason: string;
}

/** Adds the defaults, which are outputs too, and finds the inputs that the official provider refuses. */
export function checkPassword(news: PasswordInputs): { inputs: PasswordInputs; failures: Refusal[] } {
  const given = Object.fromEntries(Object.entries(news).filter(([, value]) => value !== null && value !== undefined));
  const failures: Refusal[] = Object.entries(given).flatMap(([property, value]) => {
    const type = INPUTS[property];
    if (type === undefined) return [{ property, reason: "RandomPassword has no such input" }];
    return typeof value === type ? [] : [{ property, reason: `must be a ${type}` }];
  });
  if (given.length === undefined) failures.push({ property: "length", reason: "is required" });
  const numeric = given.numeric ?? given.number ?? true;
  const defaults = {
    ...Object.fromEntries(KIND_NAMES.flatMap((kind) => [[kind, true] as const, [KINDS[kind].least, 0] as const])),
    number: numeric,
    numeric,
  };
  const inputs: PasswordInputs = { ...defaults, ...given };
  if (failures.length === 0) {
    const least = KIND_NAMES.reduce((sum, kind) => sum + Number(inputs[KINDS[kind].least]), 0);
    const minimum = Math.max(1, least);
    if (Number(inputs.length) < minimum) {
      failures.push({ property: "length", reason: `must be at least ${minimum}: 1, or the sum of the min* inputs` });
    }
    if (KIND_NAMES.every((kind) => alphabet(inputs, kind) === "")) {
      failures.push({ property: "lower", reason: "every kind of characters is excluded" });
    }
  }
  return { inputs, failures };
}

/** The inputs that differ. A change of any replaces the password, as in the official provider. */
export function changedInputs(olds: PasswordInputs, news: PasswordInputs): string[] {
  return Object.keys(INPUTS).filter((name) => !isDeepStrictEqual(olds[name] ?? undefined, news[name] ?? undefined));
}

/** Makes a password from checked inputs. */
export function makePassword(inputs: PasswordInputs): string {
  const all = KIND_NAMES.map((kind) => alphabet(inputs, kind)).join("");
  const asked = KIND_NAMES.flatMap((kind) =>
    Array.from({ length: Number(inputs[KINDS[kind].least]) }, () => pick(alphabet(inputs, kind))),
  );
  const rest = Array.from({ length: Number(inputs.length) - asked.length }, () => pick(all));
  return shuffle([...asked, ...rest]).join("");
}

function alphabet(inputs: PasswordInputs, kind: Kind): string {
  if (inputs[kind] === false) return "";
  return kind === "special" && typeof inputs.overrideSpecial === "string"
    ? inputs.overrideSpecial
    : KINDS[kind].characters;
}

function pick(characters: string): string {
  return characters.charAt(crypto.randomInt(characters.length));
}

function shuffle(items: string[]): string[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = crypto.randomInt(last + 1);
    [items[last], items[other]] = [items[other] ?? "", items[last] ?? ""];
  }
  return items;
}
