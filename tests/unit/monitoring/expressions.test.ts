import * as assert from "node:assert/strict";
import { METRIC_PATTERNS, METRICS, metricOf } from "../../../monitoring";
import { ALL_RULES, queried, panelExpressions, ruleExpressions } from "../../support/monitoring/promql";

const RECORDED = new Set(
  ALL_RULES.flatMap(({ rules }) => rules.flatMap((rule) => ("record" in rule ? [rule.record] : []))),
);

describe("every expression of dashboards and rules", () => {
  const all = [...panelExpressions(), ...ruleExpressions()];

  it("is valid PromQL, and uses only metrics of the table or recorded series", () => {
    const unknown = all.flatMap(({ where, expr }) => {
      const { names, patterns } = queried(expr);
      return [
        ...names.filter((name) => metricOf(name) === undefined && !RECORDED.has(name)),
        ...patterns.filter((pattern) => METRIC_PATTERNS[pattern] === undefined),
      ].map((name) => `${where}: ${name}`);
    });
    assert.deepEqual(unknown, []);
  });

  it("applies rate and increase to counters and histograms only, and uses gauges without them", () => {
    const wrong = all.flatMap(({ where, expr }) => {
      const rated = [...expr.matchAll(/\b(?:rate|increase)\(([A-Za-z_:][\w:]*)/g)].map(([, name]) => name ?? "");
      return queried(expr).names.flatMap((name) => {
        const kind = metricOf(name)?.kind;
        // A histogram's sum and buckets are counters. The counters of DCGM also have a meaning as they are.
        if (kind === undefined || name.startsWith("DCGM_")) return [];
        return (kind === "gauge") === rated.includes(name) ? [`${where}: ${name} is a ${kind}`] : [];
      });
    });
    assert.deepEqual(wrong, []);
  });

  it("together, the expressions use every metric of the table", () => {
    const used = new Set(all.flatMap(({ expr }) => queried(expr).names));
    const base = new Set(
      [...used].map((name) => (METRICS[name] === undefined ? name.replace(/_(bucket|sum|count)$/, "") : name)),
    );
    assert.deepEqual(
      Object.keys(METRICS).filter((name) => !base.has(name)),
      [],
    );
  });

  it("together, the expressions use every recorded series", () => {
    const used = new Set(all.flatMap(({ expr }) => queried(expr).names));
    assert.deepEqual(
      [...RECORDED].filter((name) => !used.has(name)),
      [],
    );
  });

  it("is refused when it is not PromQL, and unknown metric names are not found", () => {
    assert.throws(() => queried("sum(rate(vllm:x[5m])"), /not PromQL/);
    assert.deepEqual(queried('a / on (b) c_total{d="e"} > 1').names, ["a", "c_total"]);
    assert.equal(metricOf("vllm:cache_hit_rate"), undefined);
    assert.equal(metricOf("vllm:num_requests_running_bucket"), undefined);
  });
});
