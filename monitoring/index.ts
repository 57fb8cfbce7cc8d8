/** What dashboards, rules and scrape jobs are, for those who prove them. Dashboards are in ./dashboards: they load Grafana's SDK. */
export { JOBS, type Job, POOL_LABEL } from "./jobs";
export { METRIC_PATTERNS, METRICS, type Metric, metricOf } from "./metrics";
export { DEFAULT_RULES_ARGS, RULES, ruleGroups, type RulesArgs } from "./rules";
export { type ScrapeArgs, type ScrapeObject, scrapeObjects } from "./scrape/objects";
