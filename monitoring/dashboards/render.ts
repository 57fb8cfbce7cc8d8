import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import type { DashboardSpec, PanelSpec, Query, Threshold, VariableSpec } from "./specs";
import { TITLES, UIDS } from "./specs";

/** The data source that the user chooses at the top of each dashboard. */
const DATASOURCE = { type: "prometheus", uid: "${datasource}" } as const;

/** Heights of panels, in rows of about 30 pixels. */
const HEIGHT = { stat: 4, bargauge: 8, timeseries: 8 } as const;

/** Tag of all dashboards. */
const TAG = "llm-d";

type PanelBuilder = timeseries.PanelBuilder | stat.PanelBuilder | bargauge.PanelBuilder;

function thresholds(steps: readonly Threshold[] = []): dashboard.ThresholdsConfigBuilder {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps([{ value: null, color: "green" }, ...steps.map(({ from, color }) => ({ value: from, color }))]);
}

function target({ expr, legend }: Query, index: number): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder()
    .refId(String.fromCharCode("A".charCodeAt(0) + index))
    .datasource(DATASOURCE)
    .expr(expr)
    .legendFormat(legend)
    .range();
}

function lines(spec: PanelSpec): timeseries.PanelBuilder {
  const panel = new timeseries.PanelBuilder()
    .drawStyle(common.GraphDrawStyle.Line)
    // In a stack, the line of a series at 0 would hide the line below it.
    .lineWidth(spec.stacked === true ? 0 : 1)
    .fillOpacity(spec.stacked === true ? 60 : 8)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    );
  if (spec.stacked === true)
    panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group("A"));
  if (spec.thresholds !== undefined) {
    panel.thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  }
  return panel;
}

function lastValue(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]);
}

function builder(spec: PanelSpec): PanelBuilder {
  switch (spec.kind) {
    case "timeseries":
      return lines(spec);
    case "stat":
      return new stat.PanelBuilder().reduceOptions(lastValue()).graphMode(common.BigValueGraphMode.Area);
    case "bargauge":
      return new bargauge.PanelBuilder()
        .reduceOptions(lastValue())
        .orientation(common.VizOrientation.Horizontal)
        .displayMode(common.BarGaugeDisplayMode.Gradient);
  }
}

function panel(spec: PanelSpec): PanelBuilder {
  const made = builder(spec)
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .unit(spec.unit)
    .thresholds(thresholds(spec.thresholds))
    .targets(spec.queries.map(target))
    .height(HEIGHT[spec.kind])
    .span(spec.width);
  if (spec.min !== undefined) made.min(spec.min);
  if (spec.max !== undefined) made.max(spec.max);
  if (spec.decimals !== undefined) made.decimals(spec.decimals);
  return made;
}

function variable({ name, label, query }: VariableSpec): dashboard.QueryVariableBuilder {
  return new dashboard.QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(query)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ text: "All", value: "$__all" });
}

/** Makes the dashboard that Grafana loads. */
export function render(spec: DashboardSpec): dashboard.Dashboard {
  const made = new dashboard.DashboardBuilder(TITLES[spec.name])
    .uid(UIDS[spec.name])
    .description(spec.description)
    .tags([TAG])
    .readonly()
    .refresh("30s")
    .time({ from: "now-1h", to: "now" })
    .timezone("browser")
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .withVariable(
      new dashboard.DatasourceVariableBuilder("datasource")
        .label("Data source")
        .type("prometheus")
        .current({ text: "Prometheus", value: "prometheus" }),
    );
  spec.variables.forEach((each) => made.withVariable(variable(each)));
  for (const name of spec.links) {
    made.link(
      new dashboard.DashboardLinkBuilder(TITLES[name])
        .type(dashboard.DashboardLinkType.Link)
        .url(`/d/${UIDS[name]}`)
        .keepTime(true)
        .includeVars(true),
    );
  }
  for (const { title, panels } of spec.rows) {
    made.withRow(new dashboard.RowBuilder(title));
    panels.forEach((each) => made.withPanel(panel(each)));
  }
  return finished(made.build());
}

/** Corrects what the SDK builds: panels get ids, so that URLs can name one, and links leave the menu that hides them. */
function finished(built: dashboard.Dashboard): dashboard.Dashboard {
  built.panels?.forEach((each, index) => (each.id = index + 1));
  built.links?.forEach((link) => delete link.placement);
  return built;
}
