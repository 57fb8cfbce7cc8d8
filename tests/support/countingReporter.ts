import * as fs from "node:fs";
import * as path from "node:path";
import * as Mocha from "mocha";
import type { Counts } from "../jobs";

/** Length of an error in the summary. The job's output has all of it. */
const WHY_LENGTH = 400;

/**
 * Mocha's spec reporter. It also writes its counts and the seconds of each test file to the file COUNTS_FILE, which tests/run.ts sums up.
 */
class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const file = process.env.COUNTS_FILE;
    if (file === undefined) return;
    const failedTests: string[] = [];
    runner.on("fail", (test, error: Error | undefined) => {
      const why = (error?.message ?? "").replace(/\s+/g, " ").trim();
      failedTests.push(`${test.fullTitle()}: ${why.slice(0, WHY_LENGTH)}`);
    });
    const seconds: Record<string, number> = {};
    let began = 0;
    // Hooks of a file are part of its outermost suites, so their time counts. The time to load it does not.
    const ofFile = (suite: Mocha.Suite): suite is Mocha.Suite & { file: string } =>
      suite.parent?.root === true && suite.file !== undefined;
    runner.on("suite", (suite) => {
      if (ofFile(suite)) began = Date.now();
    });
    runner.on("suite end", (suite) => {
      if (!ofFile(suite)) return;
      const name = path.relative(process.cwd(), suite.file);
      seconds[name] = (seconds[name] ?? 0) + (Date.now() - began) / 1000;
    });
    // A failed hook counts as a failure. The tests that it prevents are not counted.
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      const counts: Counts = { passed: passes, failed: failures, skipped: pending, failedTests, seconds };
      fs.writeFileSync(file, JSON.stringify(counts));
    });
  }
}

export = CountingReporter;
