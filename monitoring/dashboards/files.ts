/**
 * Writes the JSON of each dashboard into json/. Run it after a change of a dashboard:
 *
 *     npx ts-node monitoring/dashboards/files.ts
 *
 * The program reads these files, because loading Grafana's SDK would make the start of every command a tenth slower.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { DASHBOARDS, type DashboardDefinition } from ".";
import { DASHBOARD_FILES } from "./json";

/** The file of a dashboard's JSON. */
export function fileOf({ uid }: Pick<DashboardDefinition, "uid">): string {
  return path.join(DASHBOARD_FILES, `${uid}.json`);
}

/** The formatted text of a dashboard's file. */
export async function renderFile(dashboard: DashboardDefinition): Promise<string> {
  const prettier = await import("prettier");
  const file = fileOf(dashboard);
  return prettier.format(JSON.stringify(dashboard.build()), {
    ...(await prettier.resolveConfig(file)),
    filepath: file,
  });
}

if (require.main === module) {
  fs.mkdirSync(DASHBOARD_FILES, { recursive: true });
  for (const dashboard of DASHBOARDS) {
    void renderFile(dashboard).then((text) => fs.writeFileSync(fileOf(dashboard), text));
  }
}
