import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { CAPACITY } from "./capacity";
import { GATEWAY } from "./gateway";
import { GPU } from "./gpu";
import { LLM_PERFORMANCE } from "./llmPerformance";
import { render } from "./render";
import { ROUTING } from "./routing";
import type { DashboardSpec } from "./specs";
import { TITLES, UIDS } from "./uids";

/** A dashboard of Grafana. */
export interface DashboardDefinition {
  /** Its id, by which links and bookmarks find it: never changed. */
  readonly uid: string;
  readonly title: string;
  /** What it is made from. */
  readonly spec: DashboardSpec;
  /** Makes the dashboard; its JSON is what Grafana loads. */
  build(): Dashboard;
}

function define(spec: DashboardSpec): DashboardDefinition {
  return { uid: UIDS[spec.name], title: TITLES[spec.name], spec, build: () => render(spec) };
}

/** All dashboards, the one to look at first in front. */
export const DASHBOARDS: readonly DashboardDefinition[] = [LLM_PERFORMANCE, ROUTING, GATEWAY, GPU, CAPACITY].map(
  define,
);
