/**
 * Writes the dashboards as Grafana loads them, one file each in json/. After a change of a dashboard:
 *
 *     npx ts-node monitoring/dashboards/files.ts
 *
 * The program reads these files and not the dashboards' code: Grafana's SDK would add a tenth to the start of every command.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { DASHBOARDS, type DashboardDefinition } from ".";
import { DASHBOARD_FILES } from "./json";

/** The file that a dashboard is kept in. */
export function fileOf({ uid }: Pick<DashboardDefinition, "uid">): string {
  return path.join(DASHBOARD_FILES, `${uid}.json`);
}

/** A dashboard's file as it is kept in the repository. */
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
