/** Prometheus' HTTP API, as far as dashboards and their proof ask it. */
import type { SupervisorStatus } from "../supervisor";

/** A series with its value at one moment. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A series with its values over time. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** Something that is scraped. */
export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: "up" | "down" | "unknown";
  readonly lastError: string;
}

/** A rule as Prometheus runs it. */
export interface RunningRule {
  readonly name: string;
  readonly type: "recording" | "alerting";
  readonly health: "ok" | "err" | "unknown";
  readonly lastError?: string;
  /** Of an alert. */
  readonly state?: "inactive" | "pending" | "firing";
  readonly query: string;
}

/** A client of one Prometheus. */
export class Prometheus {
  /** @param url such as `http://10.244.1.8:9090` */
  constructor(readonly url: string) {}

  /** The value of an expression now. @throws Error with what Prometheus says against it */
  query(expression: string): Promise<readonly Sample[]> {
    return this.get<{ result: Sample[] }>("query", { query: expression }).then(({ result }) => result);
  }

  /** The values of an expression over time; times in seconds since 1970. */
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

  /** Every name that a series has. */
  async metricNames(): Promise<ReadonlySet<string>> {
    return new Set(await this.get<string[]>("label/__name__/values", {}));
  }

  /** The flags that it runs with. */
  flags(): Promise<Readonly<Record<string, string>>> {
    return this.get("status/flags", {});
  }

  /** Its configuration as it has read it, as YAML. */
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
 * The Prometheus of an embedded environment; undefined when none runs there, or not yet.
 *
 * @param pod What its pod's name begins with; left out, as the operator calls it.
 */
export function prometheusOf(status: SupervisorStatus, pod = "prometheus-"): Prometheus | undefined {
  const found = status.pods.find(
    ({ name, program, pid }) => name.startsWith(pod) && program === "prometheus" && pid !== undefined,
  );
  return found === undefined ? undefined : new Prometheus(`http://${found.ip}:9090`);
}
