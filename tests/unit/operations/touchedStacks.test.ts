import * as assert from "node:assert/strict";
import * as path from "node:path";
import { stackFiles, touchedStacks } from "../../../operations/preview/touchedStacks";

const STACKS = [
  { name: "dev", platform: "eks" },
  { name: "prod", platform: "eks" },
  { name: "site", platform: "existing" },
];

describe("the stacks that a change touches", () => {
  const touched = (...changed: string[]) => touchedStacks(changed, STACKS);

  it("are those whose own settings change", () => {
    assert.deepEqual(touched("Pulumi.prod.yaml"), ["prod"]);
    assert.deepEqual(touched("Pulumi.prod.yaml", "Pulumi.site.yaml"), ["prod", "site"]);
    assert.deepEqual(touched("Pulumi.local.yaml"), []);
  });

  it("are all of them for the program, its packages, its policies and what nobody thought of", () => {
    for (const file of [
      "index.ts",
      "components/gateway/istio.ts",
      "package-lock.json",
      "policy/index.ts",
      "new/file",
    ]) {
      assert.deepEqual(touched(file), ["dev", "prod", "site"], file);
    }
    assert.deepEqual(touched("Pulumi.yaml"), ["dev", "prod", "site"]);
  });

  it("are those on AWS for what only they are made from", () => {
    for (const file of [
      "stacks/platforms/eks/resources/network.ts",
      "stacks/platforms/eks/cost.ts",
      "stacks/platforms/eks/settings.ts",
      "stacks/platforms/eks/index.ts",
    ]) {
      assert.deepEqual(touched(file), ["dev", "prod"], file);
    }
  });

  it("are none for tests, pages and tools", () => {
    assert.deepEqual(touched("README.md", "docs/a.md", "tests/run.ts", "local/cli.ts", ".github/workflows/x.yml"), []);
    assert.deepEqual(touched(), []);
  });

  it("are found by their settings, without the embedded one", () => {
    const names = stackFiles(path.join(__dirname, "..", "..", "..")).map(({ name }) => name);
    assert.ok(names.includes("dev") && names.includes("prod") && !names.includes("local"), names.join(", "));
  });
});
