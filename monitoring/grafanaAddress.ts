import type { GatewayConfig } from "../components/gateway/settings";
import type { MonitoringConfig } from "./settings";

/** The part of the configuration that decides how Grafana is reached. */
export interface GrafanaConfigured {
  readonly monitoring: MonitoringConfig;
  readonly gateway: GatewayConfig;
}

/** Name of the gateway's listener for Grafana's host name. */
export const GRAFANA_LISTENER = "grafana";

/**
 * Grafana's host name by the name of its listener. Empty unless Grafana has exposure gateway and the gateway's own
 * listener takes requests only for another host name.
 */
export function grafanaHosts({ monitoring, gateway }: GrafanaConfigured): Readonly<Record<string, string>> {
  const { mode, grafana } = monitoring;
  const exposed = mode === "stack" && grafana.exposure === "gateway" && gateway.hostname !== undefined;
  return exposed && grafana.hostname !== undefined ? { [GRAFANA_LISTENER]: grafana.hostname } : {};
}

/** Grafana's address for browsers; undefined if only its Service has an address. */
export function grafanaAddress({ monitoring, gateway }: GrafanaConfigured): string | undefined {
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
