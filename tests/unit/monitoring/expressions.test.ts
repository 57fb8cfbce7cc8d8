import * as assert from "node:assert/strict";
import { METRIC_PATTERNS, METRICS, metricOf } from "../../../monitoring";
import { ALL_RULES, asked, panelExpressions, ruleExpressions } from "../../support/monitoring/promql";

const RECORDED = new Set(
  ALL_RULES.flatMap(({ rules }) => rules.flatMap((rule) => ("record" in rule ? [rule.record] : []))),
);

describe("every expression of monitoring", () => {
  const all = [...panelExpressions(), ...ruleExpressions()];

  it("is PromQL, and asks only for metrics of the table or recorded ones", () => {
    const unknown = all.flatMap(({ where, expr }) => {
      const { names, patterns } = asked(expr);
      return [
        ...names.filter((name) => metricOf(name) === undefined && !RECORDED.has(name)),
        ...patterns.filter((pattern) => METRIC_PATTERNS[pattern] === undefined),
      ].map((name) => `${where}: ${name}`);
    });
    assert.deepEqual(unknown, []);
  });

  it("takes rates of counters and histograms only, and other values of gauges only", () => {
    const wrong = all.flatMap(({ where, expr }) => {
      const rated = [...expr.matchAll(/\b(?:rate|increase)\(([A-Za-z_:][\w:]*)/g)].map(([, name]) => name ?? "");
      return asked(expr).names.flatMap((name) => {
        const kind = metricOf(name)?.kind;
        // A histogram's sum and buckets are counters; what DCGM shows of a counter may be looked at as it stands.
        if (kind === undefined || name.startsWith("DCGM_")) return [];
        return (kind === "gauge") === rated.includes(name) ? [`${where}: ${name} is a ${kind}`] : [];
      });
    });
    assert.deepEqual(wrong, []);
  });

  it("uses every metric of the table: what nobody asks for is left out of it", () => {
    const used = new Set(all.flatMap(({ expr }) => asked(expr).names));
    const base = new Set(
      [...used].map((name) => (METRICS[name] === undefined ? name.replace(/_(bucket|sum|count)$/, "") : name)),
    );
    assert.deepEqual(
      Object.keys(METRICS).filter((name) => !base.has(name)),
      [],
    );
  });

  it("uses every recorded series", () => {
    const used = new Set(all.flatMap(({ expr }) => asked(expr).names));
    assert.deepEqual(
      [...RECORDED].filter((name) => !used.has(name)),
      [],
    );
  });

  it("is refused where it is none, or asks for what nothing exports", () => {
    assert.throws(() => asked("sum(rate(vllm:x[5m])"), /no PromQL/);
    assert.deepEqual(asked('a / on (b) c_total{d="e"} > 1').names, ["a", "c_total"]);
    assert.equal(metricOf("vllm:cache_hit_rate"), undefined);
    assert.equal(metricOf("vllm:num_requests_running_bucket"), undefined);
  });
});
