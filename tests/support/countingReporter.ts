import * as fs from "node:fs";
import * as Mocha from "mocha";

/** Length of an error in the summary. The job's output has all of it. */
const WHY_LENGTH = 400;

/** Mocha's spec reporter. It also writes its counts to the file COUNTS_FILE, which tests/run.ts sums up. */
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
    // A failed hook counts as a failure. The tests that it prevents are not counted.
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      fs.writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending, failedTests }));
    });
  }
}

export = CountingReporter;
