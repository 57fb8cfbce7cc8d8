import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { OF_ONE_PLATFORM, stackFiles, touchedStacks } from "../../../operations/preview/touchedStacks";

const STACKS = [
  { name: "dev", platform: "eks" },
  { name: "prod", platform: "eks" },
  { name: "site", platform: "existing" },
];

describe("the stacks that a change touches", () => {
  const touched = (...changed: string[]) => touchedStacks(changed, STACKS);

  it("are the stacks whose own settings change", () => {
    assert.deepEqual(touched("Pulumi.prod.yaml"), ["prod"]);
    assert.deepEqual(touched("Pulumi.prod.yaml", "Pulumi.site.yaml"), ["prod", "site"]);
    assert.deepEqual(touched("Pulumi.local.yaml"), []);
  });

  it("are all stacks for the program, its packages, its policies and unknown files", () => {
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

  it("are the stacks on AWS for files of that platform", () => {
    for (const file of [
      "stacks/platforms/eks/resources/network.ts",
      "stacks/platforms/eks/cost.ts",
      "stacks/platforms/eks/settings.ts",
      "stacks/platforms/eks/index.ts",
    ]) {
      assert.deepEqual(touched(file), ["dev", "prod"], file);
    }
  });

  it("are only a platform's stacks when no other platform imports that platform's folder", () => {
    const platforms = path.join(__dirname, "..", "..", "..", "stacks", "platforms");
    for (const name of OF_ONE_PLATFORM) {
      const importers = fs
        .readdirSync(platforms, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts") && file.includes(path.sep) && !file.startsWith(`${name}${path.sep}`))
        // No workflow previews the embedded environment.
        .filter((file) => !file.startsWith(`local${path.sep}`))
        .filter((file) => fs.readFileSync(path.join(platforms, file), "utf8").includes(`"../${name}`));
      assert.deepEqual(importers, [], name);
    }
  });

  it("are none for tests, pages and tools", () => {
    assert.deepEqual(touched("README.md", "docs/a.md", "tests/run.ts", "local/cli.ts", ".github/workflows/x.yml"), []);
    assert.deepEqual(touched(), []);
  });

  it("are found by their settings files, without the embedded environment", () => {
    const names = stackFiles(path.join(__dirname, "..", "..", "..")).map(({ name }) => name);
    assert.ok(names.includes("dev") && names.includes("prod") && !names.includes("local"), names.join(", "));
  });
});
