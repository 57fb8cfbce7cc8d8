import type { RulesArgs } from "../index";
import type { Alert, AlertingRule, RuleGroup } from "../types";
import { GATEWAY_ALERTS } from "./gateway";
import { GPU_ALERTS } from "./gpu";
import { objectiveAlerts } from "./objectives";
import { platformAlerts } from "./platform";
import { ROUTING_ALERTS } from "./routing";
import { SERVING_ALERTS } from "./serving";

/** The alerts of each group, as they are written. */
export function alertsByGroup(args: RulesArgs): Readonly<Record<string, readonly Alert[]>> {
  return {
    "llmd.alerts.objectives": objectiveAlerts(args.objectives),
    "llmd.alerts.serving": SERVING_ALERTS,
    "llmd.alerts.routing": ROUTING_ALERTS,
    "llmd.alerts.gateway": GATEWAY_ALERTS,
    "llmd.alerts.gpu": GPU_ALERTS,
    "llmd.alerts.platform": platformAlerts(args),
  };
}

/** An alert as Prometheus takes it, with the address of its runbook. */
function rule({ severity, summary, description, ...rest }: Alert, runbook: RulesArgs["runbook"]): AlertingRule {
  return {
    ...rest,
    labels: { severity },
    annotations: { summary, description, runbook_url: runbook(rest.alert) },
  };
}

/** The alerts' rule groups. */
export function alertGroups(args: RulesArgs): readonly RuleGroup[] {
  return Object.entries(alertsByGroup(args)).map(([name, alerts]) => ({
    name,
    rules: alerts.map((alert) => rule(alert, args.runbook)),
  }));
}
