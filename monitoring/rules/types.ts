/** A rule that records the value of an expression under a name of its own. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/**
 * How urgent an alert is: `critical` wakes somebody up, because requests fail or are about to; `warning` waits for working
 * hours; `info` explains other alerts.
 */
export type Severity = "critical" | "warning" | "info";

/** An alert as it is written here. */
export interface Alert {
  /** Its name, which is also that of its page in docs/runbooks. */
  readonly alert: string;
  /** When it is on, in PromQL. */
  readonly expr: string;
  /** How long it has to be on before it fires, as Prometheus writes durations. */
  readonly for: string;
  readonly severity: Severity;
  /** One line: what is wrong. A template of Prometheus: `{{ $labels.pool }}`. */
  readonly summary: string;
  /** What it means for users, and the figure that was seen. A template too. */
  readonly description: string;
}

/** An alert as Prometheus takes it. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: Severity };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

/** Rules that are evaluated together, in their order: the `groups` of a PrometheusRule's spec and of a rules file. */
export interface RuleGroup {
  readonly name: string;
  /** Time between two evaluations, as Prometheus writes durations; Prometheus' own when left out. */
  readonly interval?: string;
  readonly rules: readonly (RecordingRule | AlertingRule)[];
}

/** What users are promised. An alert says when it is being broken so fast that it will not hold over a month. */
export interface Objectives {
  /** The first token comes within so many seconds, for so many percent of the requests. */
  readonly timeToFirstToken: { readonly seconds: number; readonly percent: number };
  /** The whole answer is there within so many seconds, for so many percent of the requests. */
  readonly latency: { readonly seconds: number; readonly percent: number };
}
