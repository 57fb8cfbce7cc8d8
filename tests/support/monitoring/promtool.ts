import { stringify } from "yaml";
import { filled } from "../../../local/dashboards/prometheus";
import { RULES } from "../../../monitoring";
import { DASHBOARDS } from "../../../monitoring/dashboards";
import { ALERT_CASES, type AlertCases, type InputSeries, type RuleCase } from "./ruleCases";
import { type Sample, VLLM_SAMPLES, vllmSample } from "./samples";

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

/** A sample as what Prometheus has of it over time: gauges stand still, everything else grows by the sample each minute. */
function inputOf({ kinds, lines }: Sample, labels: string): InputSeries[] {
  return lines.map(({ name, labels: own, value }) => ({
    series: `${name}{${own},${labels}}`,
    values: kinds.get(name) === "gauge" ? `${value}x20` : `0+${value}x20`,
  }));
}

/** Expressions that have to be true with the metrics of any version of vLLM. */
function versionExpressions(): string[] {
  const panels = DASHBOARDS.filter(({ uid }) => uid === "llmd-performance")
    .flatMap(({ spec }) => spec.rows.flatMap(({ panels: all }) => all))
    .flatMap(({ queries }) => queries)
    // A sample each minute, of which a rate wants two.
    .map(({ expr }) => `count(${filled(expr.replaceAll("$__rate_interval", "5m"))}) > bool 0`);
  return [
    ...new Set(panels),
    "abs(llmd:kv_cache_usage:ratio - 0.37) < bool 0.001",
    // 167641 of 181234 tokens, counted once even where they are there under two names.
    "abs(llmd:prefix_cache_hit:ratio_rate5m - 0.925) < bool 0.001",
    "abs(sum(llmd:prefix_cache_queries:rate5m) - 181234 / 60) < bool 1",
    "abs(sum(llmd:requests:rate5m) - 156 / 60) < bool 0.1",
  ];
}

/** A test of promtool for each version of vLLM: every panel of its dashboard has a value, and the right one. */
export function versionsFile(rulesPath: string): string {
  const labels = 'job="vllm-instances",namespace="llm-d",pool="llm-d-gaie",pod="ms-0"';
  const tests = VLLM_SAMPLES.map((version) => ({
    name: version,
    interval: "1m",
    input_series: inputOf(vllmSample(version), labels),
    promql_expr_test: versionExpressions().map((expr) => ({
      expr: `count((${expr}) == 1)`,
      eval_time: "15m",
      exp_samples: [{ labels: "{}", value: 1 }],
    })),
  }));
  const order = RULES.map(({ name }) => name);
  const content = { rule_files: [rulesPath], evaluation_interval: "1m", group_eval_order: order, tests };
  return stringify(content, { lineWidth: 0, aliasDuplicateObjects: false });
}
