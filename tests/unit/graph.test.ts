import * as assert from "node:assert/strict";
import { type GraphedResource, mermaid, withGraph } from "../support/mermaid";

const STACK = { urn: "stack", type: "pulumi:pulumi:Stack" };
const component = (urn: string, type: string, ...dependencies: string[]): GraphedResource => ({
  urn: `x::${urn}`,
  type,
  parent: STACK.urn,
  dependencies: dependencies.map((dependency) => `x::${dependency}`),
});
const child = (urn: string, parent: string, ...dependencies: string[]): GraphedResource => ({
  ...component(urn, "kubernetes:core/v1:Secret", ...dependencies),
  parent: `x::${parent}`,
});

describe("the graph of a preview", () => {
  const drawn = mermaid([
    STACK,
    { urn: "x::provider", type: "pulumi:providers:kubernetes", parent: STACK.urn },
    component("first", "llmd:cluster:OwnedNamespace"),
    child("in-first", "first", "provider"),
    component("second", "llmd:serving:HuggingFaceSecret"),
    child("in-second", "second", "in-first"),
    component("third", "llmd:serving:ModelServer", "first", "second"),
    component("alone", "kubernetes:core/v1:ConfigMap"),
  ]);

  it("has a box for each component and each resource without one, by layer, and none for stack and providers", () => {
    const boxes = [...drawn.matchAll(/^ +(\w+)\["/gm)].map(([, id]) => id);
    assert.deepEqual(boxes.sort(), [
      "ConfigMap_alone",
      "HuggingFaceSecret_second",
      "ModelServer_third",
      "OwnedNamespace_first",
    ]);
    assert.match(
      drawn,
      /subgraph Serving_layer\["Serving"\]\n +HuggingFaceSecret_second.*\n +ModelServer_third.*\n +end/,
    );
  });

  it("has an arrow for each dependency between boxes, except those that follow from others", () => {
    const arrows = [...drawn.matchAll(/^ +(\w+ --> \w+)$/gm)].map(([, arrow]) => arrow);
    assert.deepEqual(arrows, [
      "OwnedNamespace_first --> HuggingFaceSecret_second",
      "HuggingFaceSecret_second --> ModelServer_third",
    ]);
  });

  it("replaces the text between its marks in a page, and fails without marks", () => {
    const page = "before\n<!-- graph of a -->\nold\n<!-- end of graph -->\nafter\n";
    const filled = withGraph(page, "a", "flowchart LR\n");
    assert.equal(
      filled,
      "before\n<!-- graph of a -->\n\n```mermaid\nflowchart LR\n```\n\n<!-- end of graph -->\nafter\n",
    );
    assert.equal(withGraph(filled, "a", "flowchart LR\n"), filled);
    assert.throws(() => withGraph(page, "b", ""), /no place for the graph of b/);
  });
});
