import { type Job, JOBS } from "../jobs";
import { alertGroups } from "./alerts";
import { recordingGroups } from "./recording";
import type { Objectives, RuleGroup } from "./types";

export type { Alert, AlertingRule, Objectives, RecordingRule, RuleGroup, Severity } from "./types";

/** What rules are made from. */
export interface RulesArgs {
  readonly objectives: Objectives;
  /** Address of an alert's runbook. */
  readonly runbook: (alert: string) => string;
  /** Jobs that have to have a target; one without is an alert. */
  readonly expectedJobs: readonly Job[];
  /** Namespaces whose volumes are watched. */
  readonly namespaces: readonly string[];
}

/** Objectives when nothing else is configured; the same as the configuration's defaults. */
export const DEFAULT_OBJECTIVES: Objectives = {
  timeToFirstToken: { seconds: 1, percent: 95 },
  latency: { seconds: 30, percent: 99 },
};

/** The page of an alert's runbook below an address, without a slash at its end; or below its folder in this repository. */
export function runbookPage(alert: string, base = "docs/runbooks"): string {
  return `${base}/${alert}.md`;
}

/** All recording rules and alerts. Its groups are the `groups` of a PrometheusRule's spec and of a rules file. */
export function ruleGroups(args: RulesArgs): readonly RuleGroup[] {
  return [...recordingGroups(args.objectives), ...alertGroups(args)];
}

/** What rules are made from when nothing is configured. */
export const DEFAULT_RULES_ARGS: RulesArgs = {
  objectives: DEFAULT_OBJECTIVES,
  runbook: runbookPage,
  expectedJobs: [JOBS.modelServers, JOBS.endpointPickers, JOBS.gateway, JOBS.istiod],
  namespaces: ["llm-d", "llm-d-monitoring"],
};

/** The rules with everything at its default. */
export const RULES: readonly RuleGroup[] = ruleGroups(DEFAULT_RULES_ARGS);
