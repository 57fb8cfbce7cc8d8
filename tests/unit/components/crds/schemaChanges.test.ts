import * as assert from "node:assert/strict";
import type { Manifest } from "../../../../components/crds/manifestStore";
import { schemaChanges } from "../../../../components/crds/provider/schemaChanges";

type Versions = Readonly<Record<string, object>>;

const spec = (versions: Versions): Manifest["spec"] => ({
  group: "example.com",
  versions: Object.entries(versions).map(([name, properties]) => ({
    name,
    served: true,
    schema: { openAPIV3Schema: { type: "object", properties } },
  })),
});

const STRING = { type: "string" };
const list = (properties: object) => ({ type: "array", items: { type: "object", properties } });

const CASES: readonly [what: string, from: Versions, to: Versions, lines: readonly string[]][] = [
  [
    "nothing when only a description differs",
    { v1: { a: STRING } },
    { v1: { a: { ...STRING, description: "b" } } },
    [],
  ],
  ["a new and a dropped version", { v1beta1: {} }, { v1: {} }, ["v1beta1 is dropped", "v1 is new"]],
  [
    "fields in lists and maps by their paths",
    { v1: { a: list({ b: STRING }), m: { additionalProperties: { properties: {} } } } },
    { v1: { a: list({ c: STRING }), m: { additionalProperties: { properties: { d: STRING } } } } },
    ["v1 adds a[].c, m{}.d; drops a[].b"],
  ],
  ["another type", { v1: { a: STRING } }, { v1: { a: { type: "integer" } } }, ["v1 changes the type of a"]],
  [
    "only the outermost of added fields",
    { v1: {} },
    { v1: { a: { properties: { b: STRING, c: list({ d: STRING }) } }, ab: STRING } },
    ["v1 adds a, ab"],
  ],
  [
    "no more fields than a person reads",
    { v1: {} },
    { v1: Object.fromEntries([..."abcdefghij"].map((name) => [name, STRING])) },
    ["v1 adds a, b, c, d, e, f, g, h and 2 more"],
  ],
];

describe("the changes of a definition that a preview names", () => {
  for (const [what, from, to, lines] of CASES) {
    it(`are ${what}`, () => assert.deepEqual(schemaChanges(spec(from), spec(to)), lines));
  }
});
