/** The metrics, rules and scrape jobs for tests. Dashboards are in ./dashboards, because they load Grafana's SDK. */
export { JOBS, type Job } from "./metrics/jobs";
export { METRIC_PATTERNS, METRICS, metricOf } from "./metrics/table";
export { DEFAULT_RULES_ARGS, RULES, ruleGroups } from "./rules";
export { scrapeObjects } from "./scrape/objects";
