/**
 * `make dashboards`: writes every dashboard as an HTML page with live data of the embedded environment. No Grafana is needed.
 * `make dashboards PICTURE=docs/pictures/llmd-performance.svg` also draws the first rows of that dashboard as an image.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { DASHBOARDS, type DashboardDefinition } from "../../monitoring/dashboards";
import { type PanelSpec, TITLES, UIDS } from "../../monitoring/dashboards/specs";
import { openEmbedded } from "../embedded";
import { DEFAULT_STATE_DIR, PROJECT_ROOT, StateFolder } from "../state";
import { supervisorStatus } from "../supervisorClient";
import type { Line } from "./chart";
import { sendLoad } from "./load";
import { dashboardPage, type DrawnDashboard, type DrawnPanel } from "./page";
import { dashboardPicture } from "./picture";
import { filled, legendOf, type Prometheus, prometheusOf, SCRAPE_SECONDS } from "./prometheus";

/** Default folder for the pages. */
const FOLDER = path.join(PROJECT_ROOT, ".local-dashboards");

/** Concurrent conversations. */
const CLIENTS = 12;

/** Longest time range of a page, in seconds. */
const LONGEST_SECONDS = 900;

/** Rows of a dashboard in its picture. */
const PICTURE_ROWS = 3;

/** The data of a panel. Times are seconds since 1970. */
async function panelLines(prometheus: Prometheus, spec: PanelSpec, from: number, to: number): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const { expr, legend } of spec.queries) {
    const series = await prometheus.range(filled(expr), from, to, SCRAPE_SECONDS);
    const found = series.map(({ metric, values }) => ({
      name: legendOf(legend, metric) || spec.title,
      points: values.map(([time, value]) => [time * 1000, Number(value)] as const),
    }));
    lines.push(...found.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })));
  }
  return lines;
}

async function drawn(
  prometheus: Prometheus,
  { spec, uid, title }: DashboardDefinition,
  seconds: number,
): Promise<DrawnDashboard> {
  const to = Math.floor(Date.now() / 1000 / SCRAPE_SECONDS) * SCRAPE_SECONDS;
  const from = to - Math.min(LONGEST_SECONDS, seconds);
  const rows = [];
  for (const row of spec.rows) {
    const panels: DrawnPanel[] = [];
    for (const panel of row.panels) panels.push({ spec: panel, lines: await panelLines(prometheus, panel, from, to) });
    rows.push({ title: row.title, panels });
  }
  return {
    uid,
    title,
    description: spec.description,
    rows,
    span: [from * 1000, to * 1000],
    links: spec.links.map((name) => ({ uid: UIDS[name], title: TITLES[name] })),
    about:
      "The embedded environment: simulated model servers, a dozen concurrent conversations, sample GPU metrics. The figures say nothing about hardware.",
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      state: { type: "string", default: DEFAULT_STATE_DIR },
      seconds: { type: "string", default: "150" },
      out: { type: "string", default: FOLDER },
      picture: { type: "string" },
    },
  });
  const state = new StateFolder(values.state);
  const status = await supervisorStatus(state);
  const prometheus = status === undefined ? undefined : prometheusOf(status);
  if (prometheus === undefined) {
    process.stderr.write("No Prometheus runs in the embedded environment: make local brings it up.\n");
    return 1;
  }
  const seconds = Number(values.seconds);
  if (seconds > 0) {
    const outputs = await (await openEmbedded(state, { quiet: true })).stack.outputs();
    const [model = ""] = outputs.models?.value as string[];
    process.stdout.write(`Sending requests for ${seconds} s ...\n`);
    const url = String(outputs.gatewayUrl?.value);
    const { sent, failed } = await sendLoad({ url, model, seconds, clients: CLIENTS });
    process.stdout.write(`${sent} sent, ${failed} of them failed.\n`);
  }
  fs.mkdirSync(values.out, { recursive: true });
  for (const dashboard of DASHBOARDS) {
    const file = path.join(values.out, `${dashboard.uid}.html`);
    const data = await drawn(prometheus, dashboard, seconds > 0 ? seconds + 45 : LONGEST_SECONDS);
    fs.writeFileSync(file, dashboardPage(data));
    if (values.picture !== undefined && path.parse(values.picture).name === dashboard.uid) {
      fs.mkdirSync(path.dirname(values.picture), { recursive: true });
      fs.writeFileSync(values.picture, dashboardPicture(data, PICTURE_ROWS));
    }
    process.stdout.write(`${dashboard.title}: ${path.relative(process.cwd(), file)}\n`);
  }
  return 0;
}

if (require.main === module) {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
}
