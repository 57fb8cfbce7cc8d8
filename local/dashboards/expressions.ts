/** Grafana's variables in expressions, replaced as Grafana does it where everything is chosen. */

/** Seconds between two scrapes; Grafana's `$__rate_interval` is four of them. */
export const SCRAPE_SECONDS = 15;

/** Grafana's own variables. The range of a dashboard that is drawn here is short: the environment has just come up. */
const OWN: Readonly<Record<string, string>> = {
  __rate_interval: `${4 * SCRAPE_SECONDS}s`,
  __interval: `${SCRAPE_SECONDS}s`,
  __range: "10m",
};

/** An expression with its variables filled in: Grafana's own, and `.*` for those that a viewer chooses. */
export function filled(expression: string): string {
  return expression.replace(/\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g, (_whole, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? "";
    return OWN[name] ?? ".*";
  });
}

/** A legend with a series' labels filled in: `{{pod}}` is the pod's name. */
export function legendOf(format: string, labels: Readonly<Record<string, string>>): string {
  return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_whole, label: string) => labels[label] ?? "");
}
