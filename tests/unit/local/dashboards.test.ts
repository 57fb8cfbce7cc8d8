import * as assert from "node:assert/strict";
import type { PanelSpec } from "../../../monitoring/dashboards/specs";
import { drawPanel, type Line } from "../../../local/dashboards/chart";
import { filled, legendOf } from "../../../local/dashboards/expressions";
import { dashboardPage, drawingWidth } from "../../../local/dashboards/page";
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
  it("fill in Grafana's variables where everything is chosen", () => {
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

  it("draw lines with a legend, an axis in the unit and the threshold, and leave out what has no value", () => {
    const svg = drawPanel(PANEL, LINES, 600) ?? "";
    assert.match(svg, /^<svg[^>]* width="600" height="240"/);
    assert.match(svg, />a &amp; b</);
    assert.match(svg, />\d s</);
    assert.match(svg, /#c4162a/);
    assert.doesNotMatch(svg, />empty</);
  });

  it("draw the last value in the colour of its threshold, and bars", () => {
    const stat = drawPanel({ ...PANEL, kind: "stat" }, LINES, 300) ?? "";
    assert.match(stat, /fill="#c4162a"[^>]*>7 s</);
    assert.match(drawPanel({ ...PANEL, kind: "bargauge" }, LINES, 600) ?? "", />7 s</);
  });

  it("say where there is no data, and escape what is text", () => {
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
