import type { DashboardName } from "./uids";

/** One query of a panel. */
export interface Query {
  /** PromQL, with Grafana's variables: `$__rate_interval`, `$model`, `$pod`. */
  readonly expr: string;
  /** What the series is called: text with `{{label}}`. */
  readonly legend: string;
}

/** A value from which on a panel has another colour. */
export interface Threshold {
  readonly from: number;
  readonly color: "green" | "yellow" | "orange" | "red" | "blue";
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
  /** From the lowest on; what is below the first is green. */
  readonly thresholds?: readonly Threshold[];
  readonly min?: number;
  readonly max?: number;
  /** Digits after the point; Grafana's choice when left out. */
  readonly decimals?: number;
  /** Series on top of each other, where their sum means something. */
  readonly stacked?: boolean;
  /** Of the 24 columns of a dashboard. */
  readonly width: 4 | 6 | 8 | 12 | 24;
}

/** A variable that a dashboard is filtered by. */
export interface VariableSpec {
  readonly name: string;
  readonly label: string;
  /** Grafana's `label_values(metric, label)`. */
  readonly query: string;
}

/** A dashboard, before Grafana's form is made of it. */
export interface DashboardSpec {
  readonly name: DashboardName;
  readonly description: string;
  readonly variables: readonly VariableSpec[];
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelSpec[] }[];
  /** Others that explain what is seen here. */
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

/** Series of the chosen models. */
export const OF_MODEL = 'pool=~"$model"';

/** Series of the chosen replicas of the chosen models. */
export const OF_POD = 'pool=~"$model", pod=~"$pod"';

/** A quantile over a histogram, for each of the labels. */
export function quantile(q: number, histogram: string, matchers: string, by = ""): string {
  const labels = by === "" ? "le" : `le, ${by}`;
  return `histogram_quantile(${q}, sum by (${labels}) (rate(${histogram}_bucket{${matchers}}[$__rate_interval])))`;
}

/** Its 50th, 95th and 99th percentile, as three queries. */
export function percentiles(histogram: string, matchers: string): readonly Query[] {
  return [50, 95, 99].map((percent) => ({
    expr: quantile(percent / 100, histogram, matchers),
    legend: `p${percent}`,
  }));
}
