/** Ids of the dashboards, by which they link to each other. Bookmarks use them, so they never change. */
export const UIDS = {
  llmPerformance: "llmd-performance",
  routing: "llmd-routing",
  gpu: "llmd-gpu",
  gateway: "llmd-gateway",
  capacity: "llmd-capacity",
} as const;

type DashboardName = keyof typeof UIDS;

/** Titles of the dashboards. */
export const TITLES: Readonly<Record<DashboardName, string>> = {
  llmPerformance: "LLM Performance Dashboard",
  routing: "LLM Routing",
  gpu: "GPU",
  gateway: "Inference Gateway",
  capacity: "Platform Cost and Capacity",
};

/** One query of a panel. */
export interface Query {
  /** PromQL, with Grafana's variables: `$__rate_interval`, `$model`, `$pod`. */
  readonly expr: string;
  /** Name of the series: text with `{{label}}`. */
  readonly legend: string;
}

type Color = "green" | "yellow" | "orange" | "red" | "blue";

/** The value from which on a panel has another colour. */
export interface Threshold {
  readonly from: number;
  readonly color: Color;
}

/** A panel. */
export interface PanelSpec {
  readonly title: string;
  /** What it shows, and what to do when it looks bad. One to three sentences. */
  readonly description: string;
  readonly kind: "timeseries" | "stat" | "bargauge";
  /** Unit, by Grafana's id: `s`, `percentunit`, `reqps`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** In rising order; values below the first are green. */
  readonly thresholds?: readonly Threshold[];
  readonly min?: number;
  readonly max?: number;
  /**
   * Digits after the point.
   *
   * @default Grafana's choice
   */
  readonly decimals?: number;
  /** Draws the series on top of each other, where their sum has a meaning. */
  readonly stacked?: boolean;
  /** Of the 24 columns of a dashboard. */
  readonly width: 4 | 6 | 8 | 12 | 24;
}

/** Queries as a panel's author writes them: PromQL by its legend. */
export type Queries = Readonly<Record<string, string>>;

/** What a panel's author writes; `stat` and `graph` add the rest. */
interface PanelText
  extends
    Pick<PanelSpec, "description" | "unit">,
    Partial<Pick<PanelSpec, "min" | "max" | "decimals" | "stacked" | "width">> {
  readonly queries: Queries;
  /** Where each colour starts, in rising order. */
  readonly thresholds?: Readonly<Partial<Record<Color, number>>>;
}

/** The parts that `stat` and `graph` share. */
function panel(title: string, { queries, thresholds, ...text }: PanelText) {
  const steps = Object.entries(thresholds ?? {}) as [Color, number][];
  return {
    ...text,
    title,
    queries: Object.entries(queries).map(([legend, expr]) => ({ expr, legend })),
    ...(thresholds === undefined ? {} : { thresholds: steps.map(([color, from]) => ({ from, color })) }),
  };
}

/** A panel with the last value as a number, a quarter of a row wide. */
export function stat(title: string, text: PanelText): PanelSpec {
  return { kind: "stat", width: 6, ...panel(title, text) };
}

/** A panel with lines over time from 0 on, half a row wide. */
export function graph(title: string, text: PanelText): PanelSpec {
  return { kind: "timeseries", width: 12, min: 0, ...panel(title, text) };
}

interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

/** A row of panels under a title. */
export function row(title: string, panels: readonly PanelSpec[]): RowSpec {
  return { title, panels };
}

/** A variable that a dashboard is filtered by. */
export interface VariableSpec {
  readonly name: string;
  readonly label: string;
  /** Grafana's `label_values(metric, label)`. */
  readonly query: string;
}

/** A dashboard, from which `render.ts` makes Grafana's JSON. */
export interface DashboardSpec {
  readonly name: DashboardName;
  readonly description: string;
  readonly variables: readonly VariableSpec[];
  readonly rows: readonly RowSpec[];
  /** Dashboards that help to explain this one. */
  readonly links: readonly DashboardName[];
}

/** The models, each by the InferencePool that serves it. */
export const MODEL: VariableSpec = {
  name: "model",
  label: "Model",
  query: "label_values(vllm:num_requests_running, pool)",
};

/** The replicas of the chosen models. */
export const POD: VariableSpec = {
  name: "pod",
  label: "Replica",
  query: 'label_values(vllm:num_requests_running{pool=~"$model"}, pod)',
};

/** Selects series of the chosen models. */
export const OF_MODEL = 'pool=~"$model"';

/** Selects series of the chosen replicas of the chosen models. */
export const OF_POD = 'pool=~"$model", pod=~"$pod"';

/** A quantile of a histogram, by labels. */
export function quantile(q: number, histogram: string, matchers: string, by = ""): string {
  const labels = by === "" ? "le" : `le, ${by}`;
  return `histogram_quantile(${q}, sum by (${labels}) (rate(${histogram}_bucket{${matchers}}[$__rate_interval])))`;
}

/** One query for each percentile. */
export function percentiles(expression: (q: number) => string, percents: readonly number[] = [50, 95, 99]): Queries {
  return Object.fromEntries(percents.map((percent) => [`p${percent}`, expression(percent / 100)]));
}
