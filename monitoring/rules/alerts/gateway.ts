import type { Alert } from "../types";

/** Alerts on the inference gateway. */
export const GATEWAY_ALERTS: readonly Alert[] = [
  {
    alert: "LlmdGatewayErrors",
    severity: "critical",
    for: "5m",
    expr:
      "llmd:gateway_errors:ratio_rate5m > 0.05 and on (namespace, gateway) " +
      "sum by (namespace, gateway) (llmd:gateway_requests:rate5m) > 0.1",
    summary: "{{ $labels.gateway }}: {{ $value | humanizePercentage }} of the answers are errors",
    description:
      "More than one request in twenty ends with a 5xx: no replica, no endpoint picker, or a model server's fault.",
  },
];
