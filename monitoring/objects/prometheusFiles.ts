import { stringify } from "yaml";
import type { RuleGroup } from "../rules";
import { scrapeConfigs } from "../scrape/configs";
import type { ScrapeObject } from "../scrape/objects";

/** Names of the files that a Prometheus without operator takes, which are the keys of their ConfigMap. */
export const PROMETHEUS_FILES = { scrape: "scrape-configs.yml", rules: "rules.yml" } as const;

/**
 * What is scraped and the rules, as files that a plain Prometheus names in `scrape_config_files` (2.43 and later) and `rule_files`.
 */
export function prometheusFiles(
  objects: readonly ScrapeObject[],
  rules: readonly RuleGroup[],
): Readonly<Record<string, string>> {
  // Lines as they are, and no references from one place to another: people read and compare these files.
  const write = (content: object): string => stringify(content, { lineWidth: 0, aliasDuplicateObjects: false });
  return {
    [PROMETHEUS_FILES.scrape]: write({ scrape_configs: scrapeConfigs(objects) }),
    [PROMETHEUS_FILES.rules]: write({ groups: rules }),
  };
}
