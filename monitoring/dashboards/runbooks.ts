import * as fs from "node:fs";
import * as path from "node:path";
import type { DashboardFile } from "./json";

/** Folder of the runbooks: a page for each alert, named after it. */
const RUNBOOK_FILES = path.join(__dirname, "..", "..", "docs", "runbooks");

/** Id of an alert's runbook in Grafana, which allows 40 characters. */
export function runbookUid(alert: string): string {
  return `runbook-${alert}`;
}

/** Replaces links to other files, which Grafana cannot follow: a link to a runbook leads to its dashboard, others become text. */
function withLinks(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]+)\]\((?!https?:)([^)]+)\)/g, (_whole, text: string, target: string) => {
    const [, alert] = /^(Llmd\w+)\.md$/.exec(target) ?? [];
    return alert === undefined ? text : `[${text}](/d/${runbookUid(alert)})`;
  });
}

/**
 * The runbooks as dashboards with one text panel each. So the reader of an alert finds its runbook in the same Grafana, and
 * in the version that is deployed.
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
