import { stringify } from "yaml";
import type { RuleGroup } from "../rules";
import { scrapeConfigs } from "../scrape/configs";
import type { ScrapeObject } from "../scrape/objects";

/** Names of the files for a Prometheus without operator: the keys of their ConfigMap. */
export const PROMETHEUS_FILES = { scrape: "scrape-configs.yml", rules: "rules.yml" } as const;

/** The scrape jobs and rules as files, for `scrape_config_files` (Prometheus 2.43 and later) and `rule_files`. */
export function prometheusFiles(
  objects: readonly ScrapeObject[],
  rules: readonly RuleGroup[],
): Readonly<Record<string, string>> {
  // No folded lines and no YAML aliases, because people read and compare these files.
  const write = (content: object): string => stringify(content, { lineWidth: 0, aliasDuplicateObjects: false });
  return {
    [PROMETHEUS_FILES.scrape]: write({ scrape_configs: scrapeConfigs(objects) }),
    [PROMETHEUS_FILES.rules]: write({ groups: rules }),
  };
}
