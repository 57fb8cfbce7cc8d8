import * as assert from "node:assert/strict";
import type { RawConfig } from "../../../stacks/config";
import { usedPins } from "../../../stacks/usedPins";
import { lines, model, parse, problemsOf } from "../../support/configurations";

const reported = (config: RawConfig): string => lines(problemsOf(() => parse(config))).join("\n");

describe("validation settings", () => {
  it("are refused if the validation could not pass", () => {
    const onUp = { validation: { onUp: true } };
    assert.match(reported({ ...model({ replicas: 1 }), ...onUp }), /validation\.onUp: cannot pass with .*replicas: 1/);
    assert.match(reported({ ...model({ prefixCaching: false }), ...onUp }), /validation\.onUp: .*prefixCaching: false/);
  });

  it("are refused if prompts exceed the model's context length", () => {
    assert.match(
      reported({ ...model({ maxModelLen: 2048 }), validation: { onUp: true } }),
      /validation\.workload: .*2416 tokens.*maxModelLen is 2048/,
    );
  });

  it("are refused if a share is not between 0 and 1", () => {
    assert.match(reported({ validation: { minHitRate: 90 } }), /validation\.minHitRate: .*a number from 0 to 1/);
  });

  it("add the Node.js image only if the validation runs in the cluster", () => {
    assert.equal(usedPins(parse({})).images.node, undefined);
    assert.equal(usedPins(parse({ validation: { tekton: true } })).images.node?.name, "node");
  });
});
