import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { AlertingRule } from "../../../monitoring/rules";
import { bucket } from "../../../monitoring/rules/recording";
import { ALERT_CASES } from "../../support/monitoring/ruleCases";
import { ALL_RULES } from "../../support/monitoring/promql";

const RUNBOOKS = path.join(__dirname, "..", "..", "..", "docs", "runbooks");

const ALERTS = ALL_RULES.flatMap(({ rules }) => rules.filter((rule): rule is AlertingRule => "alert" in rule));

const unique = (names: readonly string[]): string[] => [...new Set(names)].sort();

describe("alerts", () => {
  it("have one runbook each, and every runbook belongs to an alert", () => {
    const pages = fs.readdirSync(RUNBOOKS).map((file) => file.replace(/\.md$/, ""));
    assert.deepEqual(unique(ALERTS.map(({ alert }) => alert)), pages.sort());
    for (const { alert, annotations } of ALERTS) assert.equal(annotations.runbook_url, `docs/runbooks/${alert}.md`);
  });

  it("have runbooks titled with the alert's name and with the same four sections", () => {
    for (const { alert } of ALERTS) {
      const headings = [...fs.readFileSync(path.join(RUNBOOKS, `${alert}.md`), "utf8").matchAll(/^#+ (.+)$/gm)];
      assert.deepEqual(
        headings.map(([, text]) => text),
        [alert, "What it says", "What users notice", "Where to look", "What to do"],
      );
    }
  });

  it("have runbooks whose links lead to existing files", () => {
    for (const file of fs.readdirSync(RUNBOOKS)) {
      for (const [, target = ""] of fs.readFileSync(path.join(RUNBOOKS, file), "utf8").matchAll(/\]\(([^):]+)\)/g)) {
        assert.ok(fs.existsSync(path.join(RUNBOOKS, target)), `${file}: ${target}`);
      }
    }
  });

  it("have a known severity, a short summary and a description", () => {
    for (const { alert, labels, annotations } of ALERTS) {
      assert.ok(["critical", "warning", "info"].includes(labels.severity), alert);
      assert.ok(annotations.summary.length > 10 && annotations.summary.length < 120, alert);
      assert.ok(annotations.description.length > 60, alert);
    }
  });

  it("have a firing and a quiet case for promtool, for each severity", () => {
    const key = (alert: string, severity: string): string => `${alert} ${severity}`;
    assert.deepEqual(
      ALERT_CASES.map(({ alert, severity }) => key(alert, severity)).sort(),
      ALERTS.map(({ alert, labels }) => key(alert, labels.severity)).sort(),
    );
  });

  it("have unique pairs of name and severity", () => {
    const keys = ALERTS.map(({ alert, labels }) => `${alert} ${labels.severity}`);
    assert.deepEqual(unique(keys), keys.sort());
  });
});

describe("the matcher of a histogram's bucket", () => {
  it("matches the bound as 1 and as 1.0, and no other bound", () => {
    const matches = (bound: number, le: string): boolean => {
      const [, operator, value = ""] = /^le(=~?)"(.+)"$/.exec(bucket(bound)) ?? [];
      return operator === "=" ? value === le : new RegExp(`^(${value.replaceAll("\\\\", "\\")})$`).test(le);
    };
    assert.ok(matches(1, "1") && matches(1, "1.0") && !matches(1, "10"));
    assert.ok(matches(2.5, "2.5") && !matches(2.5, "25"));
  });
});
