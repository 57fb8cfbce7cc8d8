import { JOBS } from "../metrics/jobs";
import type { Alert } from "./types";

const gateway = `job="${JOBS.gateway}"`;

/** Alerts on the endpoint pickers, and on the gateway's requests to them. */
export const ROUTING_ALERTS: readonly Alert[] = [
  {
    alert: "LlmdEndpointPickerDown",
    severity: "critical",
    for: "2m",
    expr: `sum by (namespace, pool) (up{job="${JOBS.endpointPickers}"}) == 0`,
    summary: "{{ $labels.pool }}: the endpoint picker does not answer",
    description:
      "The gateway has nobody to ask for a replica: it refuses requests (failureMode FailClose), or sends them to any " +
      "(FailOpen), where nothing of them is cached.",
  },
  {
    alert: "LlmdEndpointPickerFailing",
    severity: "critical",
    for: "5m",
    expr:
      `sum by (namespace, gateway) (rate(envoy_http_ext_proc_streams_failed{${gateway}}[5m]) + ` +
      `rate(envoy_http_ext_proc_message_timeouts{${gateway}}[5m])) / ` +
      `(sum by (namespace, gateway) (rate(envoy_http_ext_proc_streams_started{${gateway}}[5m])) > 0) > 0.01`,
    summary: "{{ $labels.gateway }}: questions to the endpoint picker fail",
    description:
      "{{ $value | humanizePercentage }} of the gateway's streams to the endpoint picker break off or time out.",
  },
  {
    alert: "LlmdEndpointPickerFailingOpen",
    severity: "warning",
    for: "5m",
    expr: `sum by (namespace, gateway) (rate(envoy_http_ext_proc_failure_mode_allowed{${gateway}}[5m])) > 0`,
    summary: "{{ $labels.gateway }} sends requests on without the endpoint picker",
    description:
      "{{ $value | humanize }} requests a second go to any replica, because the endpoint picker did not answer. They are " +
      "answered, but slowly: nothing of them is cached where they land.",
  },
];

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
