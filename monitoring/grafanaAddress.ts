import type { EnvironmentConfig } from "../stacks/config";

/** Name of the gateway's listener for Grafana's host name. */
export const GRAFANA_LISTENER = "grafana";

/**
 * Grafana's host name where the gateway needs a listener for it: it has exposure gateway, and the gateway's own listener takes
 * requests for another host name only.
 */
export function grafanaListener({
  monitoring,
  gateway,
}: Pick<EnvironmentConfig, "monitoring" | "gateway">): string | undefined {
  const { mode, grafana } = monitoring;
  const exposed = mode === "stack" && grafana.exposure === "gateway";
  return exposed && gateway.hostname !== undefined ? grafana.hostname : undefined;
}

/** Grafana's address for browsers, where it has one beside that of its Service. */
export function grafanaAddress({
  monitoring,
  gateway,
}: Pick<EnvironmentConfig, "monitoring" | "gateway">): string | undefined {
  const { exposure, hostname, tlsSecretName } = monitoring.grafana;
  if (hostname === undefined) return undefined;
  switch (exposure) {
    case "none":
      return undefined;
    case "gateway": {
      const [scheme, port] = gateway.tls === undefined ? (["http", 80] as const) : (["https", 443] as const);
      return `${scheme}://${hostname}${gateway.port === port ? "" : `:${gateway.port}`}`;
    }
    case "ingress":
      return `${tlsSecretName === undefined ? "http" : "https"}://${hostname}`;
    case "route":
      return `https://${hostname}`;
  }
}
