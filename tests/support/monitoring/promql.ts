import { parser } from "@prometheus-io/lezer-promql";
import { DASHBOARDS } from "../../../monitoring/dashboards";
import { DEFAULT_RULES_ARGS, JOBS, ruleGroups } from "../../../monitoring";

/** What an expression queries: names of series, and regular expressions for names. */
export interface Queried {
  readonly names: readonly string[];
  readonly patterns: readonly string[];
}

/** Replaces Grafana's variables for durations, which are not PromQL. The other variables are in strings. */
export function withoutVariables(expr: string): string {
  return expr.replaceAll("$__rate_interval", "5m").replaceAll("$__range", "1h");
}

/**
 * Parses PromQL with Prometheus' grammar.
 *
 * @throws Error if the expression is not PromQL.
 */
export function queried(expression: string): Queried {
  const expr = withoutVariables(expression);
  const names: string[] = [];
  const patterns: string[] = [];
  parser.parse(expr).iterate({
    enter: (node) => {
      const text = expr.slice(node.from, node.to);
      if (node.type.isError) throw new Error(`not PromQL at ${node.from}: ${expr}`);
      if (node.name === "VectorSelector") {
        const name = node.node.getChild("Identifier");
        if (name !== null) names.push(expr.slice(name.from, name.to));
      }
      if (node.name === "UnquotedLabelMatcher" && text.startsWith("__name__")) {
        patterns.push(JSON.parse(text.slice(text.indexOf('"'))) as string);
      }
    },
  });
  return { names, patterns };
}

/** Every selector of an expression, without its range and offset: `a{b="c"}`. */
export function selectors(expression: string): string[] {
  const found: string[] = [];
  parser.parse(expression).iterate({
    enter: (node) => {
      if (node.name === "VectorSelector") found.push(expression.slice(node.from, node.to));
    },
  });
  return [...new Set(found)];
}

const COMPARISONS = new Set(["Eql", "Neq", "Gtr", "Lss", "Gte", "Lte"]);

/**
 * A condition as a value: comparisons return 1 or 0 and drop no series. An empty result then means that a metric is missing,
 * or that the two sides have no labels in common.
 */
export function asValue(condition: string): string {
  const ends: number[] = [];
  parser.parse(condition).iterate({
    enter: (node) => {
      if (COMPARISONS.has(node.name)) ends.push(node.to);
    },
  });
  const text = ends
    .sort((a, b) => b - a)
    .reduce((left, end) => `${left.slice(0, end)} bool${left.slice(end)}`, condition);
  queried(text);
  return text;
}

/** All rules, with every job expected. */
export const ALL_RULES = ruleGroups({
  ...DEFAULT_RULES_ARGS,
  expectedJobs: [...DEFAULT_RULES_ARGS.expectedJobs, JOBS.dcgm, JOBS.kubeState, JOBS.kubelet],
});

/** Every expression of the dashboards, with its dashboard and panel. */
export function panelExpressions(): { readonly where: string; readonly expr: string }[] {
  return DASHBOARDS.flatMap(({ title, spec }) =>
    spec.rows.flatMap(({ panels }) =>
      panels.flatMap((panel) => panel.queries.map(({ expr }) => ({ where: `${title}, ${panel.title}`, expr }))),
    ),
  );
}

/** Every expression of the rules, with the rule's name. */
export function ruleExpressions(): { readonly where: string; readonly expr: string }[] {
  return ALL_RULES.flatMap(({ rules }) =>
    rules.map((rule) => ({ where: "record" in rule ? rule.record : rule.alert, expr: rule.expr })),
  );
}
