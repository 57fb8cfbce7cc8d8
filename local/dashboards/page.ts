/** A dashboard as a self-contained HTML page with SVG panels. */
import type { PanelSpec } from "../../monitoring/dashboards/specs";
import { drawPanel, escape, type Line, type Span } from "./chart";

/** A panel with its data. */
export interface DrawnPanel {
  readonly spec: PanelSpec;
  readonly lines: readonly Line[];
}

/** A dashboard with its data. */
export interface DrawnDashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly DrawnPanel[] }[];
  readonly links: readonly { readonly uid: string; readonly title: string }[];
  /** A sentence on the origin of the data. */
  readonly about: string;
  /** Time range of all panels. Default: what each panel has data for. */
  readonly span?: Span;
}

/** Panels without data in the embedded environment, by title, with the reason. Other tests run their expressions. */
export const ABSENT: Readonly<Record<string, string>> = {
  Preemptions: "The simulator preempts nothing",
  "TLS handshakes": "No listener has TLS here",
  "Certificates of listeners end in": "No listener has TLS here",
  "Volumes in use": "No kubelet here reports volumes",
};

/** What a panel without data shows. */
export const reasonOf = ({ title }: PanelSpec): string => ABSENT[title] ?? "No data";

/** Width of a page, gap between panels, and a panel's border and padding, in pixels. */
export const PAGE_WIDTH = 1440;
export const GAP = 10;
export const PADDING = 12;

const STYLE = `
  * { box-sizing: border-box; }
  body { margin: 0; background: #f4f6f8; color: #1f2a36; font: 14px/1.4 Inter, "Helvetica Neue", Arial, sans-serif; }
  main { width: ${PAGE_WIDTH}px; margin: 0 auto; padding: 18px 0 28px; }
  h1 { font-size: 22px; margin: 0 0 2px; }
  header p { margin: 0 0 6px; color: #5a6b7b; }
  nav a { color: #2a61b8; text-decoration: none; margin-right: 16px; }
  h2 { font-size: 15px; margin: 18px 0 8px; }
  .row { display: grid; grid-template-columns: repeat(24, 1fr); gap: ${GAP}px; }
  section { background: #fff; border: 1px solid #dde3e9; border-radius: 6px; padding: 8px ${PADDING - 1}px 6px; overflow: hidden; }
  h3 { font-size: 13px; font-weight: 600; margin: 0 0 4px; }
  .none { color: #8593a1; display: flex; align-items: center; justify-content: center; min-height: 90px; }
  svg { display: block; max-width: 100%; height: auto; }
`;

/** Width of a panel's drawing in pixels, from its columns of 24. */
export function drawingWidth(columns: number): number {
  const column = (PAGE_WIDTH - 23 * GAP) / 24;
  return Math.floor(columns * column + (columns - 1) * GAP - 2 * PADDING);
}

/** The HTML page of a dashboard. */
export function dashboardPage(dashboard: DrawnDashboard): string {
  const rows = dashboard.rows.map(
    ({ title, panels }) =>
      `<h2>${escape(title)}</h2>\n<div class="row">\n${panels.map((each) => panel(each, dashboard.span)).join("\n")}\n</div>`,
  );
  const links = dashboard.links.map(({ uid, title }) => `<a href="${uid}.html">${escape(title)}</a>`).join("");
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escape(dashboard.title)}</title><style>${STYLE}</style></head>
<body><main>
<header><h1>${escape(dashboard.title)}</h1><p>${escape(dashboard.description)}</p><p>${escape(dashboard.about)}</p><nav>${links}</nav></header>
${rows.join("\n")}
</main></body>
</html>
`;
}

function panel({ spec, lines }: DrawnPanel, span: Span | undefined): string {
  const drawing = drawPanel(spec, lines, drawingWidth(spec.width), span);
  const body = drawing ?? `<div class="none">${escape(reasonOf(spec))}</div>`;
  return `<section style="grid-column: span ${spec.width}" title="${escape(spec.description)}"><h3>${escape(spec.title)}</h3>${body}</section>`;
}
