import { stringify } from "yaml";
import { RULES } from "../../../monitoring";
import { ALERT_CASES, type AlertCases, type RuleCase } from "./ruleCases";

/** The rules as a file of Prometheus'. */
export function rulesFile(): string {
  return stringify({ groups: RULES }, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** One test of promtool: what fires at the time, by what Prometheus itself records of its alerts. */
function unit(name: string, { alert, severity }: AlertCases, { input, at }: RuleCase, fires: boolean): object {
  const labels = `alertname="${alert}", severity="${severity}", alertstate="firing"`;
  return {
    name: `${alert}, ${severity}, ${name}`,
    interval: "1m",
    input_series: input,
    promql_expr_test: [
      {
        // Without an alert there is no vector, and nothing is what is expected.
        expr: `count by (alertname) (ALERTS{${labels}}) > bool 0`,
        eval_time: at,
        exp_samples: fires ? [{ labels: `{alertname="${alert}"}`, value: 1 }] : [],
      },
    ],
  };
}

/** Minutes of a time as promtool writes it. */
function minutes(at: string): number {
  return Number(at.replace(/m$/, ""));
}

/**
 * The tests of alerts as files of promtool's. Rules are evaluated from the beginning for every case, so cases of hours have a
 * file of their own with longer steps.
 */
export function testsFiles(
  rulesPath: string,
  alerts: readonly AlertCases[] = ALERT_CASES,
): Readonly<Record<string, string>> {
  const long = ({ firing }: AlertCases): boolean => minutes(firing.at) > 120;
  const file = (interval: string, cases: readonly AlertCases[]): string => {
    const tests = cases.flatMap((each) => [
      unit("firing", each, each.firing, true),
      unit("quiet", each, each.quiet, false),
    ]);
    // Recording rules before the alerts that are made from them: without an order, promtool takes the groups in any.
    const order = RULES.map(({ name }) => name);
    const content = { rule_files: [rulesPath], evaluation_interval: interval, group_eval_order: order, tests };
    return stringify(content, { lineWidth: 0, aliasDuplicateObjects: false });
  };
  return {
    "minutes.yaml": file(
      "1m",
      alerts.filter((each) => !long(each)),
    ),
    "hours.yaml": file("5m", alerts.filter(long)),
  };
}
