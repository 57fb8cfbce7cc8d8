import { JOBS } from "../../jobs";
import type { Alert } from "../types";

const gateway = `job="${JOBS.gateway}"`;

/** Alerts on the endpoint pickers, and on what the gateway sees of them. */
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
