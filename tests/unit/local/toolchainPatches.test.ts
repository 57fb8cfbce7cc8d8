import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { applyEdits, type Patch, patchModules } from "../../../local/toolchain/patches";

const patch = (edits: Patch["edits"]): Patch => ({ module: "example.org/m", file: "a/b.go", why: "it hangs", edits });

describe("patches of pinned modules", () => {
  it("make each edit once", () => {
    const edits = [
      { find: "one", replace: "$& two" },
      { find: "three", replace: "four" },
    ];
    assert.equal(applyEdits("one three", patch(edits)), "$& two four");
  });

  for (const [what, text] of [
    ["no longer there", "nothing"],
    ["there twice", "one one"],
  ] as const) {
    it(`refuse a version in which the place is ${what}`, () => {
      assert.throws(
        () => applyEdits(text, patch([{ find: "one", replace: "two" }])),
        /the patch of example\.org\/m a\/b\.go does not fit .* \(it hangs\), remove the patch/s,
      );
    });
  }

  it("are made in a copy that go.mod is pointed to: the module cache stays as it is", async () => {
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

  it("leave a module without any alone", async () => {
    await patchModules([], "/nowhere", "/nowhere", () => Promise.reject(new Error("not asked for")));
  });
});
