import { stringify } from "yaml";
import { filled } from "../../../local/dashboards/prometheus";
import { RULES } from "../../../monitoring";
import { DASHBOARDS } from "../../../monitoring/dashboards";
import { ALERT_CASES, type AlertCases, type InputSeries, type RuleCase } from "./ruleCases";
import { type Sample, VLLM_SAMPLES, vllmSample } from "./samples";

/** The rules as a rules file. */
export function rulesFile(): string {
  return stringify({ groups: RULES }, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** One test of promtool: whether the alert fires at the time, by Prometheus' own series ALERTS. */
function unit(name: string, { alert, severity }: AlertCases, { input, at }: RuleCase, fires: boolean): object {
  const labels = `alertname="${alert}", severity="${severity}", alertstate="firing"`;
  return {
    name: `${alert}, ${severity}, ${name}`,
    interval: "1m",
    input_series: input,
    promql_expr_test: [
      {
        // Without a firing alert the result has no samples.
        expr: `count by (alertname) (ALERTS{${labels}}) > bool 0`,
        eval_time: at,
        exp_samples: fires ? [{ labels: `{alertname="${alert}"}`, value: 1 }] : [],
      },
    ],
  };
}

/** Minutes of a time in promtool's notation. */
function minutes(at: string): number {
  return Number(at.replace(/m$/, ""));
}

/**
 * The tests of alerts as promtool's files. Promtool evaluates the rules from the start for every case, so a second file with
 * longer steps has the cases that last hours.
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
    // Recording rules must run before the alerts that use them. Without this, promtool runs groups in any order.
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

/** A sample as series over time: gauges are constant, everything else grows by the sample each minute. */
function inputOf({ kinds, lines }: Sample, labels: string): InputSeries[] {
  return lines.map(({ name, labels: own, value }) => ({
    series: `${name}{${own},${labels}}`,
    values: kinds.get(name) === "gauge" ? `${value}x20` : `0+${value}x20`,
  }));
}

/** Expressions that must be true with the metrics of each version of vLLM. */
function versionExpressions(): string[] {
  const panels = DASHBOARDS.filter(({ uid }) => uid === "llmd-performance")
    .flatMap(({ spec }) => spec.rows.flatMap(({ panels: all }) => all))
    .flatMap(({ queries }) => queries)
    // There is a sample each minute, and a rate needs two.
    .map(({ expr }) => `count(${filled(expr.replaceAll("$__rate_interval", "5m"))}) > bool 0`);
  return [
    ...new Set(panels),
    "abs(llmd:kv_cache_usage:ratio - 0.37) < bool 0.001",
    // 167641 of 181234 tokens. Each counts once, even if two metrics have it.
    "abs(llmd:prefix_cache_hit:ratio_rate5m - 0.925) < bool 0.001",
    "abs(sum(llmd:prefix_cache_queries:rate5m) - 181234 / 60) < bool 1",
    "abs(sum(llmd:requests:rate5m) - 156 / 60) < bool 0.1",
  ];
}

/** A test of promtool for each version of vLLM: every panel of LLM Performance has a value, and the recorded ratios are right. */
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
