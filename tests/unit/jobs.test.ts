import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type Counts, NOTHING, slowestFiles } from "../jobs";

const ROOT = path.join(__dirname, "..", "..");

describe("the list of the slowest test files", () => {
  const ended = (seconds?: Counts["seconds"]) => ({
    job: { suite: "unit", name: "a job", run: () => Promise.resolve(NOTHING) },
    counts: seconds === undefined ? NOTHING : { ...NOTHING, seconds },
    seconds: 100,
  });

  it("has the slowest files of all jobs first, and leaves the others out", () => {
    const all = [ended({ "a.test.ts": 3, "b.test.ts": 12.4 }), ended(), ended({ "c.test.ts": 7 })];
    assert.deepEqual(slowestFiles(all, 2), ["    12 s  b.test.ts", "     7 s  c.test.ts"]);
  });
});

describe("the reporter of the counts", () => {
  it("writes the seconds of each file with its hooks", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-reporter-"));
    try {
      const [test, counts] = [path.join(folder, "slow.test.ts"), path.join(folder, "counts.json")];
      fs.writeFileSync(
        test,
        `describe("a", () => { before((done) => setTimeout(done, 300)); it("passes", () => {}); it.skip("waits", () => {}); });`,
      );
      execFileSync(
        process.execPath,
        ["node_modules/mocha/bin/mocha.js", "--reporter", "tests/support/countingReporter.ts", test],
        { cwd: ROOT, env: { ...process.env, COUNTS_FILE: counts }, stdio: "pipe" },
      );
      const { seconds, ...others } = JSON.parse(fs.readFileSync(counts, "utf8")) as Counts;
      assert.deepEqual(others, { passed: 1, failed: 0, skipped: 1, failedTests: [] });
      const [[file, took] = ["", 0], ...more] = Object.entries(seconds ?? {});
      assert.deepEqual([path.resolve(ROOT, file), more], [test, []]);
      assert.ok(took >= 0.29 && took < 60, `${took} s`);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }).timeout(60_000);
});
