/** Ids of the dashboards, by which they link to each other. */
export const UIDS = {
  llmPerformance: "llmd-performance",
  routing: "llmd-routing",
  gpu: "llmd-gpu",
  gateway: "llmd-gateway",
  capacity: "llmd-capacity",
} as const;

/** One of the dashboards. */
export type DashboardName = keyof typeof UIDS;

/** Their titles. */
export const TITLES: Readonly<Record<DashboardName, string>> = {
  llmPerformance: "LLM Performance Dashboard",
  routing: "LLM Routing",
  gpu: "GPU",
  gateway: "Inference Gateway",
  capacity: "Platform Cost and Capacity",
};
