import type { Capability } from "../components/capability";
import { MONITORING_NAMESPACE } from "../components/naming";
import type { PlatformFacts } from "../components/platform";
import { monitoringPins } from "./pins";
import { hasGrafana, type MonitoringConfig, monitoringSchema, type ParsedMonitoring } from "./settings";
import { monitoringRules } from "./settingsRules";

/** Prometheus, Grafana, dashboards and alerts. */
export const monitoring = {
  settings: { monitoring: monitoringSchema.prefault({}) },
  fill: ({ monitoring }: { readonly monitoring?: ParsedMonitoring }, platform: PlatformFacts) => {
    if (monitoring === undefined) return {};
    const { mode = platform.monitoringMode, storage } = monitoring;
    const persistent = storage?.persistent ?? platform.persistentStorage;
    return { monitoring: { ...monitoring, mode, storage: { ...storage, persistent } } };
  },
  rules: monitoringRules,
  pins: monitoringPins,
  namespaces: ({ monitoring }: { readonly monitoring: MonitoringConfig }): Record<string, undefined> =>
    hasGrafana(monitoring) ? { [MONITORING_NAMESPACE]: undefined } : {},
  unused: ({ monitoring }: { readonly monitoring: MonitoringConfig }) => [
    ...(hasGrafana(monitoring) ? [] : ["kube-prometheus-stack"]),
    ...(monitoring.mode === "stack" ? [] : ["prometheus-operator-crds"]),
  ],
} satisfies Capability;
