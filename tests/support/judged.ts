import * as assert from "node:assert/strict";
import type { Status, Verdict } from "../../stacks/platforms/operations";

/** A case of a check's judge: its name, its verdict, and the expected status, detail and remedy. */
export type Case = readonly [what: string, verdict: () => Verdict, status: Status, detail: RegExp, remedy?: RegExp];

/** Declares a test for each case. */
export function judged(cases: readonly Case[]): void {
  for (const [what, verdict, status, detail, remedy] of cases) {
    it(`${what}: ${status}`, () => {
      const actual = verdict();
      assert.equal(actual.status, status, actual.detail);
      assert.match(actual.detail, detail);
      if (status === "failed" || status === "warning")
        assert.ok(actual.remedy, "a failure or a warning must have a remedy");
      if (remedy !== undefined) assert.match(actual.remedy ?? "", remedy);
    });
  }
}
