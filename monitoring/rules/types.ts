import type { Job } from "../metrics/jobs";

/** A rule that records the value of an expression as a new series. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** How urgent an alert is: `critical` pages somebody, because requests fail or soon will; `warning` waits for working hours. */
type Severity = "critical" | "warning";

/** An alert as this program writes it. */
export interface Alert {
  /** Its name, which is also the name of its page in docs/runbooks. */
  readonly alert: string;
  /** The condition, in PromQL. */
  readonly expr: string;
  /** How long the condition must hold before the alert fires, as a duration of Prometheus. */
  readonly for: string;
  readonly severity: Severity;
  /** One line: what is wrong. A template of Prometheus, such as `{{ $labels.pool }}`. */
  readonly summary: string;
  /** What it means for users, and the measured value. Also a template. */
  readonly description: string;
}

/** An alert in Prometheus' form. */
export interface AlertingRule extends Pick<Alert, "alert" | "expr" | "for"> {
  readonly labels: { readonly severity: Severity };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook_url: string };
}

/** Rules that Prometheus evaluates one after the other: the `groups` of a PrometheusRule's spec and of a rules file. */
export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly (RecordingRule | AlertingRule)[];
}

/** A share of the requests, in percent, that must take less than a number of seconds. */
interface Objective {
  readonly seconds: number;
  readonly percent: number;
}

/** What users are promised. An alert fires when a month's error budget burns too fast. */
export interface Objectives {
  /** Time to the first token. */
  readonly timeToFirstToken: Objective;
  /** Time to the end of the answer. */
  readonly latency: Objective;
}

/** What the rules depend on. */
export interface RulesArgs {
  readonly objectives: Objectives;
  /** Returns the address of an alert's runbook. */
  readonly runbook: (alert: string) => string;
  /** Jobs that must have a target; an alert fires for a job without one. */
  readonly expectedJobs: readonly Job[];
  /** Namespaces whose volumes are watched. */
  readonly namespaces: readonly string[];
}
