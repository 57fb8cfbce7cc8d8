/** The first rows of a dashboard as one SVG image, for documents. */
import { drawPanel, escape, FONT } from "./chart";
import { drawingWidth, type DrawnDashboard, GAP, PADDING, PAGE_WIDTH, reasonOf } from "./page";

/** Heights of a panel's title and of a row's title, in pixels. */
const TITLE = 30;
const ROW = 34;

function text(x: number, y: number, size: number, weight: number, content: string, fill = "#1f2a36"): string {
  return `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}">${escape(content)}</text>`;
}

function heightOf(svg: string): number {
  return Number(/ height="(\d+)"/.exec(svg)?.[1] ?? 0);
}

/** Draws this many rows of a dashboard as one SVG image. */
export function dashboardPicture(dashboard: DrawnDashboard, rows: number): string {
  const parts: string[] = [text(0, 22, 22, 700, dashboard.title), text(0, 46, 14, 400, dashboard.about, "#5a6b7b")];
  let y = 52;
  for (const { title, panels } of dashboard.rows.slice(0, rows)) {
    parts.push(text(0, y + 24, 15, 700, title));
    y += ROW;
    let column = 0;
    let rowHeight = 0;
    for (const { spec, lines } of panels) {
      if (column + spec.width > 24) {
        y += rowHeight + GAP;
        [column, rowHeight] = [0, 0];
      }
      const width = drawingWidth(spec.width);
      const drawing = drawPanel(spec, lines, width, dashboard.span) ?? "";
      const height = Math.max(heightOf(drawing), 96) + TITLE + 6;
      const x = Math.round((column * (PAGE_WIDTH + GAP)) / 24);
      parts.push(
        `<g transform="translate(${x} ${y})">`,
        `<rect width="${width + 2 * PADDING}" height="${height}" rx="6" fill="#fff" stroke="#dde3e9"/>`,
        text(PADDING, 21, 13, 600, spec.title),
        drawing === ""
          ? text(PADDING, TITLE + 40, 13, 400, reasonOf(spec), "#8593a1")
          : `<g transform="translate(${PADDING} ${TITLE})">${drawing}</g>`,
        "</g>",
      );
      column += spec.width;
      rowHeight = Math.max(rowHeight, height);
    }
    y += rowHeight + GAP;
  }
  const frame = `viewBox="-16 -6 ${PAGE_WIDTH + 32} ${y + 12}" font-family="${FONT}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${frame}><rect x="-16" y="-6" width="${PAGE_WIDTH + 32}" height="${y + 12}" fill="#f4f6f8"/>${parts.join("")}</svg>\n`;
}
