import * as assert from "node:assert/strict";
import { isBuiltin } from "node:module";
import { bundleProgram } from "../../../validation/cacheHitValidation";

describe("the validation program for the cluster", () => {
  const program = bundleProgram();

  it("is one file that needs no package", () => {
    const modules = [...program.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = ""]) => name);
    assert.ok(modules.length > 0);
    assert.deepEqual(
      modules.filter((name) => !isBuiltin(name)),
      [],
    );
  });

  it("has the same text each time", () => assert.equal(bundleProgram(), program));
});
