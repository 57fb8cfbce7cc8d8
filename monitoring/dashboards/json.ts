import * as fs from "node:fs";
import * as path from "node:path";
import { UIDS } from "./specs";

/** Folder of the dashboards' JSON, which files.ts writes. */
export const DASHBOARD_FILES = path.join(__dirname, "json");

/** A dashboard that Grafana loads. */
export interface DashboardFile {
  readonly uid: string;
  /** Its JSON, in one line. */
  readonly json: string;
}

/** Reads the dashboards' JSON. Does not load Grafana's SDK, which takes time. */
export function dashboardFiles(): readonly DashboardFile[] {
  return Object.values(UIDS).map((uid) => {
    const text = fs.readFileSync(path.join(DASHBOARD_FILES, `${uid}.json`), "utf8");
    return { uid, json: JSON.stringify(JSON.parse(text)) };
  });
}
