import { objectiveAlerts } from "./objectiveAlerts";
import { GPU_ALERTS, platformAlerts } from "./platformAlerts";
import { GATEWAY_ALERTS, ROUTING_ALERTS } from "./routingAlerts";
import { SERVING_ALERTS } from "./servingAlerts";
import type { Alert, AlertingRule, RuleGroup, RulesArgs } from "./types";

/** An alert in Prometheus' form, with the address of its runbook. */
function alertingRule({ severity, summary, description, ...rest }: Alert, runbook: RulesArgs["runbook"]): AlertingRule {
  return {
    ...rest,
    labels: { severity },
    annotations: { summary, description, runbook_url: runbook(rest.alert) },
  };
}

/** The alerts' rule groups. */
export function alertGroups(args: RulesArgs): readonly RuleGroup[] {
  const groups: Readonly<Record<string, readonly Alert[]>> = {
    objectives: objectiveAlerts(args.objectives),
    serving: SERVING_ALERTS,
    routing: ROUTING_ALERTS,
    gateway: GATEWAY_ALERTS,
    gpu: GPU_ALERTS,
    platform: platformAlerts(args),
  };
  return Object.entries(groups).map(([name, alerts]) => ({
    name: `llmd.alerts.${name}`,
    rules: alerts.map((alert) => alertingRule(alert, args.runbook)),
  }));
}
