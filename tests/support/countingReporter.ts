import * as fs from "node:fs";
import * as Mocha from "mocha";

/** How much of an error is repeated at the end; all of it is in the job's own output. */
const WHY_LENGTH = 400;

/** Mocha's spec reporter, which also writes its counts to the file that COUNTS_FILE names, for tests/run.ts to add up. */
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
    // A failing hook counts as a failure too, though the tests that it held up count as nothing.
    runner.once("end", () => {
      const { passes, failures, pending } = this.stats;
      fs.writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending, failedTests }));
    });
  }
}

export = CountingReporter;
