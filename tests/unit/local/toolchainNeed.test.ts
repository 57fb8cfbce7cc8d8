import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { ALL_USES } from "../../../local/toolchain";
import { describeNeed, partThere, sizesOf } from "../../../local/toolchain/need";
import { GO_MODULE_NAMES, type GoModuleName, toolsOf } from "../../../local/toolchain/tools";
import { toolsFor } from "../../../local/toolchain/uses";

const GB = 1e9;

describe("what a build takes", () => {
  const none = GO_MODULE_NAMES.map((name) => ({ name, there: 0 }));
  const modules = (...names: GoModuleName[]) => none.filter(({ name }) => names.includes(name));

  it("is less without KEDA and promtool", () => {
    const all = sizesOf({ missing: toolsFor(ALL_USES) }, none, new Map());
    const without = none.filter(({ name }) => name !== "autoscaling");
    const environment = sizesOf({ missing: toolsFor(["environment"]) }, without, new Map());
    for (const part of ["modules", "compiled", "programs"] as const)
      assert.ok(environment.disk[part] < all.disk[part], part);
    assert.ok(environment.download < all.download);
  });

  it("leaves out sources that are there, and the part of the packages that is compiled", () => {
    const [etcd, ...others] = toolsOf("cluster");
    assert.ok(etcd && others.length > 0);
    const counts = new Map([["etcd", { packages: 1, bytes: 25, allBytes: 100 }]]);
    const compile = new Map([["cluster" as const, { packages: new Map(), counts }]]);
    const there = [{ name: "cluster" as const, there: 0.97 }];
    const { download, disk } = sizesOf({ missing: ["etcd"] }, there, compile);
    assert.deepEqual([download, disk.modules], [0, 0]);
    assert.equal(disk.compiled, etcd.megabytes.compiled * 1e6 * 0.25);
  });

  it("counts the missing part of a module's sources", () => {
    const [half, whole] = [0.5, 0].map((there) =>
      sizesOf({ missing: ["etcd"] }, [{ name: "cluster", there }], new Map()),
    );
    assert.ok(half && whole);
    assert.equal(half.download * 2, whole.download);
    assert.equal(half.disk.modules * 2, whole.disk.modules);
  });

  it("is nothing when no program is missing", () => {
    const { download, disk } = sizesOf({ missing: [] }, modules(), new Map());
    assert.deepEqual([download, disk], [0, { modules: 0, compiled: 0, programs: 0 }]);
  });

  it("is told in one line, without a download when there is none", () => {
    const disk = { modules: 2.4 * GB, compiled: 2 * GB, programs: GB };
    assert.equal(
      describeNeed({ download: 0.55 * GB, disk }, "12 min"),
      "It downloads 0.6 GB, takes 5.4 GB of disk, and about 12 min if nothing else runs.",
    );
    assert.match(describeNeed({ download: 0, disk }, "1 min"), /^It takes 5\.4 GB of disk, and about 1 min /);
  });
});

describe("the sources in Go's module cache", () => {
  it("are found by the sums of go.sum, with Go's spelling of capital letters", () => {
    const cache = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-modules-"));
    try {
      const archive = path.join(cache, "cache", "download", "example.org", "!big", "@v", "v1.0.0.zip");
      fs.mkdirSync(path.dirname(archive), { recursive: true });
      fs.writeFileSync(archive, "");
      const sums = ["Big v1.0.0 h1:a=", "Big v1.0.0/go.mod h1:b=", "small v1.0.0 h1:c=", "other v1.0.0/go.mod h1:d="];
      assert.equal(partThere(sums.map((sum) => `example.org/${sum}\n`).join(""), cache), 0.5);
      assert.equal(partThere("", cache), 1);
    } finally {
      fs.rmSync(cache, { recursive: true });
    }
  });
});
