import { JOBS } from "../metrics/jobs";
import { alertGroups } from "./alerts";
import { recordingGroups } from "./recording";
import type { RuleGroup, RulesArgs } from "./types";

export type { AlertingRule, RuleGroup, RulesArgs } from "./types";

/**
 * The address of an alert's runbook.
 *
 * @param base Address of the folder with the runbooks, without a slash at its end.
 * @default base The folder in this repository.
 */
export function runbookPage(alert: string, base = "docs/runbooks"): string {
  return `${base}/${alert}.md`;
}

/** All recording rules and alerts: the `groups` of a PrometheusRule's spec and of a rules file. */
export function ruleGroups(args: RulesArgs): readonly RuleGroup[] {
  return [...recordingGroups(args.objectives), ...alertGroups(args)];
}

/** What the rules depend on when nothing is configured. The objectives are the configuration's defaults. */
export const DEFAULT_RULES_ARGS: RulesArgs = {
  objectives: { timeToFirstToken: { seconds: 1, percent: 95 }, latency: { seconds: 30, percent: 99 } },
  runbook: runbookPage,
  expectedJobs: [JOBS.modelServers, JOBS.endpointPickers, JOBS.gateway, JOBS.istiod],
  namespaces: ["llm-d", "llm-d-monitoring"],
};

/** The rules when nothing is configured. */
export const RULES: readonly RuleGroup[] = ruleGroups(DEFAULT_RULES_ARGS);
