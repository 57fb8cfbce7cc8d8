import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

const ROOT = path.join(__dirname, "..", "..");

interface Manager {
  readonly managerFilePatterns: readonly string[];
  readonly matchStrings: readonly string[];
  readonly matchStringsStrategy?: "recursive";
  readonly datasourceTemplate: string;
}

const { customManagers } = JSON.parse(fs.readFileSync(path.join(ROOT, "renovate.json"), "utf8")) as {
  customManagers: readonly Manager[];
};

/** The values that a manager finds in a text. With `recursive`, each pattern searches the matches of the one before. */
function found(manager: Manager, text: string): string[] {
  const [first = "", ...inner] = manager.matchStrings;
  const matches = [...text.matchAll(new RegExp(first, "g"))];
  if (manager.matchStringsStrategy !== "recursive" || inner.length === 0) {
    return matches.flatMap(({ groups }) => groups?.["currentValue"] ?? []);
  }
  return matches.flatMap(([match]) => found({ ...manager, matchStrings: inner }, match));
}

/** The values that all managers of a file find in it. */
function foundIn(file: string): string[] {
  const text = fs.readFileSync(path.join(ROOT, file), "utf8");
  return customManagers
    .filter(({ managerFilePatterns }) =>
      managerFilePatterns.some((pattern) => new RegExp(pattern.replace(/^\/|\/$/g, "")).test(file)),
    )
    .flatMap((manager) => found(manager, text));
}

/** Every match of a pattern in a file, without comments. */
function written(file: string, pattern: RegExp): string[] {
  const text = fs.readFileSync(path.join(ROOT, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return [...text.matchAll(pattern)].map(([, value]) => value ?? "");
}

describe("renovate.json", () => {
  it("updates every version in the table of versions, each once", () => {
    const pins = written("stacks/versions.ts", /"(v?\d+\.\d+\.\d+[^"/]*)"/g);
    assert.ok(pins.length >= 11, pins.join(", "));
    assert.deepEqual(foundIn("stacks/versions.ts").sort(), pins.sort());
  });

  it("updates every add-on and AMI release of EKS, each once", () => {
    const file = "stacks/platforms/eks/eksVersions.ts";
    const addons = written(file, /"(v[^"]+-eksbuild\.\d+)"/g);
    const amis = written(file, /amiRelease: "[^"]+-(\d{8})"/g);
    assert.ok(addons.length >= 8 && amis.length >= 2);
    assert.deepEqual(foundIn(file).sort(), [...addons, ...amis].sort());
  });

  it("updates the version of the CLI in the workflows", () => {
    const folder = path.join(ROOT, ".github", "workflows");
    const pinned = fs
      .readdirSync(folder)
      .filter((file) => fs.readFileSync(path.join(folder, file), "utf8").includes("pulumi-version"));
    assert.ok(pinned.length > 0);
    for (const file of pinned) assert.equal(foundIn(`.github/workflows/${file}`).length, 1, file);
  });
});
