import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { applyEdits, overlayFlags, type Patch } from "../../../local/toolchain/patches";

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

  it("are given to go as an overlay: the module cache stays as it is", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-patch-"));
    try {
      const module = path.join(folder, "module", "a");
      fs.mkdirSync(module, { recursive: true });
      fs.writeFileSync(path.join(module, "b.go"), "one");
      const flags = await overlayFlags([patch([{ find: "one", replace: "two" }])], folder, () =>
        Promise.resolve(path.join(folder, "module")),
      );
      assert.deepEqual(flags, [`-overlay=${path.join(folder, "overlay.json")}`]);
      const overlay = JSON.parse(fs.readFileSync(path.join(folder, "overlay.json"), "utf8")) as {
        Replace: Record<string, string>;
      };
      const [[original, patched] = []] = Object.entries(overlay.Replace);
      assert.equal(original, path.join(module, "b.go"));
      assert.equal(fs.readFileSync(patched ?? "", "utf8"), "two");
      assert.equal(fs.readFileSync(path.join(module, "b.go"), "utf8"), "one");
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("are none for a module without", async () => {
    assert.deepEqual(await overlayFlags([], "/nowhere", () => Promise.reject(new Error("not asked for"))), []);
  });
});
