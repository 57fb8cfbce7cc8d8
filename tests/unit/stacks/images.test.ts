import * as assert from "node:assert/strict";
import { usedPins } from "../../../stacks/usedPins";
import { parse } from "../../support/configurations";

describe("the images that an environment names", () => {
  it("have that of the GPUs' smoke test only where there is one, without an image of its own", () => {
    const named = (smokeTest: object) => "cuda" in usedPins(parse({ gpu: { smokeTest } })).images;
    assert.equal(named({ enabled: true }), true);
    assert.equal(named({ enabled: false }), false);
    assert.equal(named({ enabled: true, image: "registry.example.com/cuda:1" }), false);
  });
});
