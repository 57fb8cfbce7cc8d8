import * as assert from "node:assert/strict";
import type { RawConfig } from "../../../stacks/config";
import { usedPins } from "../../../stacks/usedPins";
import { lines, model, parse, problemsOf } from "../stacks/support";

const reported = (config: RawConfig): string => lines(problemsOf(() => parse(config))).join("\n");

describe("bad validations", () => {
  it("are told for what cannot pass", () => {
    const onUp = { validation: { onUp: true } };
    assert.match(reported({ ...model({ replicas: 1 }), ...onUp }), /validation\.onUp: cannot pass with .*replicas: 1/);
    assert.match(reported({ ...model({ prefixCaching: false }), ...onUp }), /validation\.onUp: .*prefixCaching: false/);
  });

  it("are told for prompts that the model does not take", () => {
    assert.match(
      reported({ ...model({ maxModelLen: 2048 }), validation: { onUp: true } }),
      /validation\.workload: .*2416 tokens.*maxModelLen is 2048/,
    );
  });

  it("are told for shares that are none", () => {
    assert.match(reported({ validation: { minHitRate: 90 } }), /validation\.minHitRate: .*a number from 0 to 1/);
  });

  it("name the image of the program only where it runs on the cluster", () => {
    assert.equal(usedPins(parse({})).images.node, undefined);
    assert.equal(usedPins(parse({ validation: { tekton: true } })).images.node?.name, "node");
  });
});
