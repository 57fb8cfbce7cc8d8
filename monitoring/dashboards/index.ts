import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { CAPACITY } from "./capacity";
import { GATEWAY } from "./gateway";
import { GPU } from "./gpu";
import { LLM_PERFORMANCE } from "./llmPerformance";
import { render } from "./render";
import { ROUTING } from "./routing";
import { type DashboardSpec, TITLES, UIDS } from "./specs";

/** A dashboard of Grafana. */
export interface DashboardDefinition {
  readonly uid: string;
  readonly title: string;
  readonly spec: DashboardSpec;
  /** Makes the dashboard that Grafana loads. */
  build(): Dashboard;
}

function define(spec: DashboardSpec): DashboardDefinition {
  return { uid: UIDS[spec.name], title: TITLES[spec.name], spec, build: () => render(spec) };
}

/** All dashboards, in the order in which to look at them. */
export const DASHBOARDS: readonly DashboardDefinition[] = [LLM_PERFORMANCE, ROUTING, GATEWAY, GPU, CAPACITY].map(
  define,
);
