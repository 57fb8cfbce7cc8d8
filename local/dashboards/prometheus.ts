import type { SupervisorStatus } from "../supervisor";

/** Seconds between two scrapes; Grafana's `$__rate_interval` is four of them. */
export const SCRAPE_SECONDS = 15;

/** Grafana's built-in variables. The range is short, because the environment has just started. */
const BUILT_IN: Readonly<Record<string, string>> = {
  __rate_interval: `${4 * SCRAPE_SECONDS}s`,
  __interval: `${SCRAPE_SECONDS}s`,
  __range: "10m",
};

/** Fills in Grafana's variables: built-in variables get their value, a viewer's variables get `.*`. */
export function filled(expression: string): string {
  return expression.replace(/\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g, (_whole, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? "";
    return BUILT_IN[name] ?? ".*";
  });
}

/** Fills a series' labels into a legend: `{{pod}}` becomes the pod's name. */
export function legendOf(format: string, labels: Readonly<Record<string, string>>): string {
  return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_whole, label: string) => labels[label] ?? "");
}

/** A series with one value. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A series with its values over time. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** A scrape target. */
export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: "up" | "down" | "unknown";
  readonly lastError: string;
}

/** A rule that Prometheus has loaded. */
export interface RunningRule {
  readonly name: string;
  readonly type: "recording" | "alerting";
  readonly health: "ok" | "err" | "unknown";
  readonly lastError?: string;
  /** Only of an alert. */
  readonly state?: "inactive" | "pending" | "firing";
  readonly query: string;
}

/** A client of one Prometheus. */
export class Prometheus {
  /** @param url for example `http://10.244.1.8:9090` */
  constructor(readonly url: string) {}

  /** The value of an expression now. @throws Error with Prometheus' message */
  query(expression: string): Promise<readonly Sample[]> {
    return this.get<{ result: Sample[] }>("query", { query: expression }).then(({ result }) => result);
  }

  /** The values of an expression over time. Times are seconds since 1970. */
  range(expression: string, from: number, to: number, step: number): Promise<readonly Series[]> {
    const parameters = { query: expression, start: String(from), end: String(to), step: String(step) };
    return this.get<{ result: Series[] }>("query_range", parameters).then(({ result }) => result);
  }

  targets(): Promise<readonly Target[]> {
    return this.get<{ activeTargets: Target[] }>("targets", { state: "active" }).then((data) => data.activeTargets);
  }

  rules(): Promise<readonly RunningRule[]> {
    return this.get<{ groups: { rules: RunningRule[] }[] }>("rules", {}).then(({ groups }) =>
      groups.flatMap(({ rules }) => rules),
    );
  }

  /** All metric names. */
  async metricNames(): Promise<ReadonlySet<string>> {
    return new Set(await this.get<string[]>("label/__name__/values", {}));
  }

  /** Its command line flags. */
  flags(): Promise<Readonly<Record<string, string>>> {
    return this.get("status/flags", {});
  }

  /** The configuration that it has loaded, as YAML. */
  config(): Promise<string> {
    return this.get<{ yaml: string }>("status/config", {}).then(({ yaml }) => yaml);
  }

  private async get<T>(what: string, parameters: Record<string, string>): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${what}?${new URLSearchParams(parameters).toString()}`, {
      signal: AbortSignal.timeout(30_000),
    });
    const answer = (await response.json()) as { status: string; error?: string; data: T };
    if (answer.status !== "success") throw new Error(`${parameters.query ?? what}: ${answer.error}`);
    return answer.data;
  }
}

/**
 * The Prometheus of an embedded environment; undefined when none runs.
 *
 * @param pod prefix of its pod's name. Default: the one of the Prometheus Operator.
 */
export function prometheusOf(status: SupervisorStatus, pod = "prometheus-"): Prometheus | undefined {
  const found = status.pods.find(
    ({ name, program, pid }) => name.startsWith(pod) && program === "prometheus" && pid !== undefined,
  );
  return found === undefined ? undefined : new Prometheus(`http://${found.ip}:9090`);
}
