import { parser } from "@prometheus-io/lezer-promql";
import { DASHBOARDS } from "../../../monitoring/dashboards";
import { DEFAULT_RULES_ARGS, JOBS, ruleGroups } from "../../../monitoring";

/** What an expression asks for: names of series, and regular expressions for names. */
export interface Asked {
  readonly names: readonly string[];
  readonly patterns: readonly string[];
}

/** Grafana's variables, as something that PromQL can hold: `[$__rate_interval]` is a duration, the others are text. */
export function withoutVariables(expr: string): string {
  return expr.replaceAll("$__rate_interval", "5m").replaceAll("$__range", "1h");
}

/** Parses PromQL with Prometheus' own grammar; throws at what is none. */
export function asked(expression: string): Asked {
  const expr = withoutVariables(expression);
  const names: string[] = [];
  const patterns: string[] = [];
  parser.parse(expr).iterate({
    enter: (node) => {
      const text = expr.slice(node.from, node.to);
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${expr}`);
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
 * A condition as a value: comparisons give 1 or 0 instead of leaving out what does not fulfil them. So a condition that
 * does not hold can be told from one that nothing is there for, or whose two sides have no labels in common.
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
  asked(text);
  return text;
}

/** All rules, with every job there can be. */
export const ALL_RULES = ruleGroups({
  ...DEFAULT_RULES_ARGS,
  expectedJobs: [...DEFAULT_RULES_ARGS.expectedJobs, JOBS.dcgm, JOBS.kubeState, JOBS.kubelet],
});

/** Every expression of a panel, with where it is. */
export function panelExpressions(): { readonly where: string; readonly expr: string }[] {
  return DASHBOARDS.flatMap(({ title, spec }) =>
    spec.rows.flatMap(({ panels }) =>
      panels.flatMap((panel) => panel.queries.map(({ expr }) => ({ where: `${title}, ${panel.title}`, expr }))),
    ),
  );
}

/** Every expression of a rule, with its name. */
export function ruleExpressions(): { readonly where: string; readonly expr: string }[] {
  return ALL_RULES.flatMap(({ rules }) =>
    rules.map((rule) => ({ where: "record" in rule ? rule.record : rule.alert, expr: rule.expr })),
  );
}
