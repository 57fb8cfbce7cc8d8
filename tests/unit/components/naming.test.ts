import * as assert from "node:assert/strict";
import { modelFullName, modelNames } from "../../../components/naming";
import { MAX_ID_LENGTH } from "../../../components/serving/settings";

describe("names of a model", () => {
  it("keeps the source's names for a model without id", () => {
    assert.deepEqual(modelNames(), {
      modelRelease: "ms",
      poolRelease: "llm-d-gaie",
      pathPrefix: "",
      podLabels: { "llm-d.ai/inference-serving": "true", "llm-d.ai/model": "ms" },
    });
    assert.equal(modelFullName("ms"), "ms-llm-d-modelservice");
  });

  it("puts an id into every name and into the path", () => {
    assert.deepEqual(modelNames("qwen"), {
      modelRelease: "ms-qwen",
      poolRelease: "llm-d-gaie-qwen",
      pathPrefix: "/qwen",
      podLabels: { "llm-d.ai/inference-serving": "true", "llm-d.ai/model": "ms-qwen" },
    });
  });

  it("gives a canary names of its own, and the model's path", () => {
    assert.deepEqual(modelNames("qwen", true), {
      modelRelease: "ms-qwen-canary",
      poolRelease: "llm-d-gaie-qwen-canary",
      pathPrefix: "/qwen",
      podLabels: { "llm-d.ai/inference-serving": "true", "llm-d.ai/model": "ms-qwen-canary" },
    });
  });

  it("never lets two models select the same pods", () => {
    const labels = [undefined, "a", "b"].flatMap((id) =>
      [false, true].map((canary) => JSON.stringify(modelNames(id, canary).podLabels)),
    );
    assert.equal(new Set(labels).size, labels.length);
  });

  it("takes every id that the configuration takes, and refuses what the charts would cut off", () => {
    assert.ok(modelNames("x".repeat(MAX_ID_LENGTH), true));
    assert.throws(() => modelNames("x".repeat(30)), /too long/);
  });
});
