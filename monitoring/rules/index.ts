import { JOBS } from "../metrics/jobs";
import { objectiveAlerts } from "./objectiveAlerts";
import { GPU_ALERTS, platformAlerts } from "./platformAlerts";
import { recordingGroups } from "./recording";
import { GATEWAY_ALERTS, ROUTING_ALERTS } from "./routingAlerts";
import { SERVING_ALERTS } from "./servingAlerts";
import type { Alert, AlertingRule, RuleGroup, RulesArgs } from "./types";

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
  const alerts: Readonly<Record<string, readonly Alert[]>> = {
    objectives: objectiveAlerts(args.objectives),
    serving: SERVING_ALERTS,
    routing: ROUTING_ALERTS,
    gateway: GATEWAY_ALERTS,
    gpu: GPU_ALERTS,
    platform: platformAlerts(args),
  };
  const alertGroups = Object.entries(alerts).map(([name, group]) => ({
    name: `llmd.alerts.${name}`,
    rules: group.map((alert) => alertingRule(alert, args.runbook)),
  }));
  return [...recordingGroups(args.objectives), ...alertGroups];
}

/** An alert in Prometheus' form, with the address of its runbook. */
function alertingRule({ severity, summary, description, ...rest }: Alert, runbook: RulesArgs["runbook"]): AlertingRule {
  return {
    ...rest,
    labels: { severity },
    annotations: { summary, description, runbook_url: runbook(rest.alert) },
  };
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
