import * as fs from "node:fs";
import * as path from "node:path";
import type { DashboardFile } from "./json";

/** Folder of the runbooks, a page for each alert by its name. */
export const RUNBOOK_FILES = path.join(__dirname, "..", "..", "docs", "runbooks");

/** Id of an alert's runbook in Grafana, where ids have 40 characters at most. */
export function runbookUid(alert: string): string {
  return `runbook-${alert}`;
}

/** A page's links, which lead from file to file, as Grafana can follow them: to other runbooks, or nowhere. */
function withLinks(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]+)\]\((?!https?:)([^)]+)\)/g, (_whole, text: string, target: string) => {
    const [, alert] = /^(Llmd\w+)\.md$/.exec(target) ?? [];
    return alert === undefined ? text : `[${text}](/d/${runbookUid(alert)})`;
  });
}

/**
 * The runbooks as dashboards of a single text each: whoever can see an alert's Grafana can read what to do about it, in the
 * words that belong to the version that is deployed.
 */
export function runbookDashboards(): readonly DashboardFile[] {
  return fs
    .readdirSync(RUNBOOK_FILES)
    .filter((file) => file.endsWith(".md"))
    .sort()
    .map((file) => {
      const alert = file.replace(/\.md$/, "");
      const [, ...text] = fs.readFileSync(path.join(RUNBOOK_FILES, file), "utf8").split("\n");
      const uid = runbookUid(alert);
      const dashboard = {
        uid,
        title: `Runbook: ${alert}`,
        description: `What to do when ${alert} fires.`,
        tags: ["llm-d", "runbook"],
        editable: false,
        schemaVersion: 42,
        panels: [
          {
            id: 1,
            type: "text",
            title: alert,
            gridPos: { x: 0, y: 0, w: 24, h: 20 },
            options: { mode: "markdown", content: withLinks(text.join("\n").trim()) },
          },
        ],
      };
      return { uid, json: JSON.stringify(dashboard) };
    });
}
