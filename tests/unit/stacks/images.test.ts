import * as assert from "node:assert/strict";
import { usedPins } from "../../../stacks/usedPins";
import { parse } from "../../support/configurations";

describe("the images of an environment", () => {
  it("include the pinned CUDA image only for a GPU smoke test without a configured image", () => {
    const named = (smokeTest: object) => "cuda" in usedPins(parse({ gpu: { smokeTest } })).images;
    assert.equal(named({ enabled: true }), true);
    assert.equal(named({ enabled: false }), false);
    assert.equal(named({ enabled: true, image: "registry.example.com/cuda:1" }), false);
  });
});
