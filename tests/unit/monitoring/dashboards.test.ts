import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { DASHBOARDS } from "../../../monitoring/dashboards";
import { fileOf, renderFile } from "../../../monitoring/dashboards/files";
import { dashboardFiles } from "../../../monitoring/dashboards/json";
import { runbookDashboards, runbookUid } from "../../../monitoring/dashboards/runbooks";
import { RULES } from "../../../monitoring";
import { dashboardSchema, runbookSchema } from "../../support/monitoring/grafanaSchema";

interface Panel {
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly links: readonly { readonly url: string }[];
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
}

describe("dashboards", () => {
  const all = dashboardFiles().map(({ json }) => JSON.parse(json) as Dashboard);

  it("keep their ids and titles, because links and bookmarks use them", () => {
    assert.deepEqual(
      all.map(({ uid, title }) => [uid, title]),
      [
        ["llmd-performance", "LLM Performance Dashboard"],
        ["llmd-routing", "LLM Routing"],
        ["llmd-gpu", "GPU"],
        ["llmd-gateway", "Inference Gateway"],
        ["llmd-capacity", "Platform Cost and Capacity"],
      ],
    );
    assert.deepEqual(DASHBOARDS.map(({ uid }) => uid).sort(), all.map(({ uid }) => uid).sort());
  });

  for (const dashboard of DASHBOARDS) {
    it(`the JSON file of ${dashboard.title} equals what its description renders to`, async () => {
      const text = fs.readFileSync(fileOf(dashboard), "utf8");
      assert.equal(text, await renderFile(dashboard), "run: npx ts-node monitoring/dashboards/files.ts");
    });
  }

  for (const { uid, json } of dashboardFiles()) {
    it(`${uid} is valid by Grafana's schema of dashboards`, () => {
      const { error } = dashboardSchema.safeParse(JSON.parse(json));
      assert.deepEqual(error?.issues ?? [], []);
    });
  }

  it("are invalid by that schema with a misspelt key, a link that leads to no dashboard, or a duplicate panel id", () => {
    const [{ json } = assert.fail()] = dashboardFiles();
    const accepts = (change: (dashboard: Dashboard) => object): boolean => {
      const dashboard = JSON.parse(json) as Dashboard;
      return dashboardSchema.safeParse({ ...dashboard, ...change(dashboard) }).success;
    };
    assert.ok(accepts(() => ({})));
    assert.ok(!accepts(() => ({ titel: "x" })));
    assert.ok(!accepts(({ links }) => ({ links: [{ ...links[0], url: "/dashboard/x" }] })));
    assert.ok(!accepts(({ panels }) => ({ panels: [...panels, panels[0]] })));
  });

  it("link to existing dashboards, and not to themselves", () => {
    const uids = new Set(all.map(({ uid }) => uid));
    for (const { uid, links } of all) {
      assert.ok(links.length > 0, uid);
      for (const { url } of links) {
        assert.match(url, /^\/d\//);
        assert.ok(uids.has(url.slice(3)) && url.slice(3) !== uid, `${uid}: ${url}`);
      }
    }
  });

  it("have a title, a unit, a description and a query on every panel", () => {
    for (const { title, panels } of all) {
      for (const panel of panels.filter(({ type }) => type !== "row")) {
        const where = `${title}, ${panel.title}`;
        assert.ok((panel.title ?? "").length > 2, where);
        assert.ok((panel.description ?? "").length > 15, where);
        assert.ok(panel.fieldConfig?.defaults.unit, where);
        assert.ok((panel.targets?.length ?? 0) > 0, where);
      }
    }
  });

  it("have panels that fit the 24 columns and do not overlap", () => {
    for (const { title, panels } of all) {
      panels.forEach((panel, index) => {
        const { x, y, w, h } = panel.gridPos;
        assert.ok(x >= 0 && x + w <= 24, `${title}, ${panel.title}`);
        for (const { gridPos: other, title: name } of panels.slice(index + 1)) {
          const apart = other.x >= x + w || x >= other.x + other.w || other.y >= y + h || y >= other.y + other.h;
          assert.ok(apart, `${title}: ${panel.title} and ${name}`);
        }
      });
    }
  });

  it("query the chosen data source, and use only variables that they define", () => {
    for (const { title, panels, templating } of all) {
      const names = new Set(templating.list.map(({ name }) => name));
      assert.ok(names.has("datasource"), title);
      for (const { expr, datasource } of panels.flatMap(({ targets }) => targets ?? [])) {
        assert.equal(datasource.uid, "${datasource}");
        for (const [, variable = ""] of expr.matchAll(/\$(\w+)/g)) {
          assert.ok(variable.startsWith("__") || names.has(variable), `${title}: $${variable}`);
        }
      }
    }
  });
});

describe("runbooks in Grafana", () => {
  const all = runbookDashboards();

  it("are dashboards with one text panel, which has the text of the page", () => {
    for (const { uid, json } of all) {
      const { data, error } = runbookSchema.safeParse(JSON.parse(json));
      assert.deepEqual(error?.issues ?? [], [], uid);
      assert.match(data?.panels[0].options.content ?? "", /^## What it says\n[^]+## What to do\n/);
    }
  });

  it("exist for every alert, and link only to each other or to other sites", () => {
    const alerts = RULES.flatMap(({ rules }) => rules.flatMap((rule) => ("alert" in rule ? [rule.alert] : [])));
    const uids = new Set(all.map(({ uid }) => uid));
    assert.deepEqual([...uids].sort(), [...new Set(alerts.map(runbookUid))].sort());
    for (const { json } of all) {
      for (const [, target = ""] of json.matchAll(/\]\(([^)]+)\)/g)) {
        assert.ok(target.startsWith("https://") || uids.has(target.replace("/d/", "")), target);
      }
    }
  });
});
