import * as assert from "node:assert/strict";
import type { PanelSpec } from "../../../monitoring/dashboards/specs";
import { drawPanel, type Line } from "../../../local/dashboards/chart";
import { filled, legendOf } from "../../../local/dashboards/prometheus";
import { ABSENT, dashboardPage, drawingWidth, type DrawnDashboard } from "../../../local/dashboards/page";
import { dashboardPicture } from "../../../local/dashboards/picture";
import { DASHBOARDS } from "../../../monitoring/dashboards";
import { formatted } from "../../../local/dashboards/units";

const PANEL: PanelSpec = {
  ...{ title: "Wait <now>", description: "What it shows.", kind: "timeseries", unit: "s", width: 12 },
  queries: [{ expr: "x", legend: "{{pod}}" }],
  thresholds: [{ from: 5, color: "red" }],
};

const LINES: Line[] = [
  {
    name: "a & b",
    points: [
      [1_700_000_000_000, 1],
      [1_700_000_015_000, 7],
    ],
  },
  { name: "empty", points: [[1_700_000_000_000, NaN]] },
];

describe("dashboards without Grafana", () => {
  it("fill in Grafana's variables as with the selection All", () => {
    assert.equal(
      filled('rate(x{pool=~"$model", pod=~"${pod:regex}"}[$__rate_interval])'),
      'rate(x{pool=~".*", pod=~".*"}[60s])',
    );
    assert.equal(legendOf("{{pod}} of {{ pool }}{{none}}", { pod: "p", pool: "q" }), "p of q");
  });

  const values: [number, string, string][] = [
    ...([0.24333, 90, 0] as const).map((value, n): [number, string, string] => [
      value,
      "s",
      ["243 ms", "1.5 min", "0 s"][n] ?? "",
    ]),
    [0.864, "percentunit", "86.4 %"],
    [42.04, "reqps", "42 req/s"],
    [1_250_000, "short", "1.25 M"],
    [3 * 2 ** 30, "bytes", "3 GiB"],
    [1500, "watt", "1.5 kW"],
    [NaN, "s", "–"],
    [2, "apples", "2 apples"],
  ];
  for (const [value, unit, text] of values) {
    it(`write ${value} in ${unit} as ${text}`, () => assert.equal(formatted(value, unit), text));
  }

  it("draw lines with a legend, an axis in the unit and a threshold, and omit lines without values", () => {
    const svg = drawPanel(PANEL, LINES, 600) ?? "";
    assert.match(svg, /^<svg[^>]* width="600" height="240"/);
    assert.match(svg, />a &amp; b</);
    assert.match(svg, />\d s</);
    assert.match(svg, /#c4162a/);
    assert.doesNotMatch(svg, />empty</);
  });

  it("draw a stat in the colour of its threshold, and bars with their values", () => {
    const stat = drawPanel({ ...PANEL, kind: "stat" }, LINES, 300) ?? "";
    assert.match(stat, /fill="#c4162a"[^>]*>7 s</);
    // The course behind the value has its colour. Several values have their names and no course.
    assert.match(stat, /<path [^>]*fill="#c4162a" fill-opacity="0.12"/);
    const several = drawPanel({ ...PANEL, kind: "stat" }, [...LINES, ...LINES], 300) ?? "";
    assert.equal(several.match(/>a &amp; b</g)?.length, 2);
    assert.doesNotMatch(several, /fill-opacity/);
    assert.match(drawPanel({ ...PANEL, kind: "bargauge" }, LINES, 600) ?? "", />7 s</);
  });

  it("draw all panels over the same time range, and give a legend as many rows as its names need", () => {
    const span = [1_700_000_000_000 - 600_000, 1_700_000_015_000] as const;
    const svg = drawPanel({ ...PANEL, thresholds: [] }, LINES, 600, span) ?? "";
    // Ten minutes are on the axis, of which there is data for a quarter of one.
    assert.ok(new Set(svg.match(/>\d\d:\d\d:00</g)).size >= 2);
    const first = LINES[0]?.points ?? [];
    const long = Array.from({ length: 6 }, (_, n) => ({ name: `a-name-that-takes-much-of-a-row-${n}`, points: first }));
    const lowest = (drawn: string): number =>
      Math.max(
        ...[...drawn.matchAll(/translate\(\d+(?:\.\d+)? (\d+(?:\.\d+)?)\)"[^>]*>\d\d:/g)].map(([, y]) => Number(y)),
      );
    assert.ok(lowest(drawPanel(PANEL, long, 400, span) ?? "") < lowest(svg) - 30);
  });

  it("give reasons for no data only for panels that exist", () => {
    const titles = DASHBOARDS.flatMap(({ spec }) =>
      spec.rows.flatMap(({ panels }) => panels.map(({ title }) => title)),
    );
    assert.deepEqual(
      Object.keys(ABSENT).filter((title) => !titles.includes(title)),
      [],
    );
  });

  it("draw a dashboard's first rows as one image, with panels next to and below each other", () => {
    const panel = (width: 12 | 24): DrawnDashboard["rows"][number]["panels"][number] => ({
      spec: { ...PANEL, width },
      lines: LINES,
    });
    const svg = dashboardPicture(
      {
        ...{ uid: "u", title: "T & U", description: "D", about: "A", links: [] },
        rows: [
          { title: "R", panels: [panel(12), panel(12), panel(24)] },
          { title: "not drawn", panels: [panel(24)] },
        ],
      },
      1,
    );
    assert.match(svg, /^<svg xmlns="[^"]+" xmlns:xlink="[^"]+" viewBox="-16 -6 1472 \d+"/);
    assert.match(svg, />T &amp; U</);
    assert.doesNotMatch(svg, /not drawn/);
    const at = [...svg.matchAll(/<g transform="translate\((\d+) (\d+)\)"><rect/g)].map(([, x, y]) => [
      Number(x),
      Number(y),
    ]);
    assert.deepEqual(
      at.map(([x]) => x),
      [0, 725, 0],
    );
    assert.ok((at[2]?.[1] ?? 0) > (at[0]?.[1] ?? 0) + 240 && at[0]?.[1] === at[1]?.[1]);
  });

  it("write a page that shows panels without data and escapes text", () => {
    const page = dashboardPage({
      ...{ uid: "u", title: "T", description: "D", about: "A", links: [{ uid: "v", title: "V" }] },
      rows: [{ title: "R", panels: [{ spec: PANEL, lines: [] }] }],
    });
    assert.match(page, /No data/);
    assert.match(page, /Wait &lt;now&gt;/);
    assert.match(page, /<a href="v\.html">V<\/a>/);
    assert.ok(drawingWidth(24) > 2 * drawingWidth(12));
  });
});
