import * as fs from "node:fs";
import * as path from "node:path";
import { UIDS } from "./uids";

/** Folder of the dashboards as Grafana loads them, made by files.ts. */
export const DASHBOARD_FILES = path.join(__dirname, "json");

/** A dashboard as Grafana loads it. */
export interface DashboardFile {
  readonly uid: string;
  /** Its JSON, without the line breaks that make the file readable. */
  readonly json: string;
}

/** Reads the dashboards, without loading what they are made with. */
export function dashboardFiles(): readonly DashboardFile[] {
  return Object.values(UIDS).map((uid) => {
    const text = fs.readFileSync(path.join(DASHBOARD_FILES, `${uid}.json`), "utf8");
    return { uid, json: JSON.stringify(JSON.parse(text)) };
  });
}
