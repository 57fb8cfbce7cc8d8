import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { applyEdits, type Patch, patchModules } from "../../../local/toolchain/patches";

const patch = (edits: Patch["edits"]): Patch => ({ module: "example.org/m", file: "a/b.go", why: "it hangs", edits });

describe("patches of pinned modules", () => {
  it("replace each place once, as literal text", () => {
    const edits = [
      { find: "one", replace: "$& two" },
      { find: "three", replace: "four" },
    ];
    assert.equal(applyEdits("one three", patch(edits)), "$& two four");
  });

  it("replace the text between two places and keep both places", () => {
    const edits = [{ from: "two", to: "four", replace: "and " }];
    assert.equal(applyEdits("one two three four", patch(edits)), "one and four");
    assert.throws(() => applyEdits("one two three", patch(edits)), /does not fit the pinned version: "four"/);
  });

  for (const [what, text] of [
    ["missing", "nothing"],
    ["present twice", "one one"],
  ] as const) {
    it(`report a version in which the place is ${what}`, () => {
      assert.throws(
        () => applyEdits(text, patch([{ find: "one", replace: "two" }])),
        /the patch of example\.org\/m a\/b\.go does not fit .* \(it hangs\), remove the patch/s,
      );
    });
  }

  it("change a copy that go.mod refers to, and not the module cache", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-patch-"));
    try {
      const module = path.join(folder, "module", "a");
      fs.mkdirSync(module, { recursive: true });
      fs.writeFileSync(path.join(module, "b.go"), "one three", { mode: 0o444 });
      fs.writeFileSync(path.join(folder, "go.mod"), "module x\n");
      const patches = [patch([{ find: "one", replace: "two" }]), patch([{ find: "three", replace: "four" }])];
      await patchModules(patches, folder, folder, () => Promise.resolve(path.join(folder, "module")));
      const copy = path.join(folder, "patched-0");
      assert.equal(
        fs.readFileSync(path.join(folder, "go.mod"), "utf8"),
        `module x\n\nreplace example.org/m => "${copy}"\n`,
      );
      assert.equal(fs.readFileSync(path.join(copy, "a", "b.go"), "utf8"), "two four");
      assert.equal(fs.readFileSync(path.join(module, "b.go"), "utf8"), "one three");
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("delete the Go files of a folder, except the kept ones and those in its subfolders", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-patch-"));
    try {
      const module = path.join(folder, "module", "a");
      fs.mkdirSync(path.join(module, "c"), { recursive: true });
      for (const file of ["b.go", "d.go", "e.txt", "c/f.go"]) fs.writeFileSync(path.join(module, file), "");
      fs.writeFileSync(path.join(folder, "go.mod"), "module x\n");
      const omit = (keep: string[]) =>
        patchModules([{ module: "example.org/m", folder: "a", keep }], folder, folder, () =>
          Promise.resolve(path.join(folder, "module")),
        );
      await omit(["b.go"]);
      assert.deepEqual(fs.readdirSync(path.join(folder, "patched-0", "a")).sort(), ["b.go", "c", "e.txt"]);
      assert.deepEqual(fs.readdirSync(path.join(folder, "patched-0", "a", "c")), ["f.go"]);
      fs.rmSync(path.join(folder, "patched-0"), { recursive: true });
      await assert.rejects(omit(["g.go"]), /example\.org\/m has no a\/g\.go in the pinned version/);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("do nothing for a module without patches", async () => {
    await patchModules([], "/nowhere", "/nowhere", () => Promise.reject(new Error("not asked for")));
  });
});
