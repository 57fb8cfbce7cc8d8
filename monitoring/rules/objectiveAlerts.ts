import type { Window } from "./recording";
import type { Alert, Objectives } from "./types";

/**
 * Burn rates of a 30 days' error budget that fire an alert. At 14.4 times the allowed rate, 2 % of the budget burn in an hour;
 * at 6 times, 5 % burn in six hours. The short window ends the alert soon after its cause has ended.
 *
 * @see https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
 */
const BURN_RATES = [
  { severity: "critical", factor: 14.4, long: "1h", short: "5m", for: "2m" },
  { severity: "warning", factor: 6, long: "6h", short: "30m", for: "15m" },
] as const satisfies readonly { severity: string; factor: number; long: Window; short: Window; for: string }[];

/** Minimum of requests in the long window: one slow request of three must not fire an alert. */
const MIN_REQUESTS = 20;

interface Objective {
  readonly alert: string;
  readonly recorded: string;
  readonly histogram: string;
  readonly what: string;
  readonly seconds: number;
  readonly percent: number;
}

function burnAlerts({ alert, recorded, histogram, what, seconds, percent }: Objective): Alert[] {
  // Rounded to thousandths: as a binary fraction, 100 - 99.9 is not exactly 0.1.
  const budget = Math.round((100 - percent) * 10) / 1000;
  return BURN_RATES.map(({ severity, factor, long, short, for: pending }) => {
    const share = Number((factor * budget).toFixed(4));
    const over = (window: Window): string => `${recorded}:ratio_rate${window} > ${share}`;
    const enough = `sum by (namespace, pool) (increase(${histogram}_count[${long}])) >= ${MIN_REQUESTS}`;
    return {
      alert,
      severity,
      for: pending,
      expr: `${over(long)} and on (namespace, pool) ${over(short)} and on (namespace, pool) ${enough}`,
      summary: `{{ $labels.pool }}: too many requests wait more than ${seconds} s for ${what}`,
      description:
        `{{ $value | humanizePercentage }} of the requests of the last ${long} took more than ${seconds} s for ${what}; ` +
        `${percent} % are promised to take less. At this rate the allowance of a month is used up ${factor} times as fast as it lasts.`,
    };
  });
}

/** Alerts that fire when an objective will not hold over a month. */
export function objectiveAlerts({ timeToFirstToken, latency }: Objectives): readonly Alert[] {
  return [
    ...burnAlerts({
      alert: "LlmdTimeToFirstTokenBurn",
      recorded: "llmd:slow_first_tokens",
      histogram: "vllm:time_to_first_token_seconds",
      what: "their first token",
      ...timeToFirstToken,
    }),
    ...burnAlerts({
      alert: "LlmdLatencyBurn",
      recorded: "llmd:slow_requests",
      histogram: "vllm:e2e_request_latency_seconds",
      what: "their whole answer",
      ...latency,
    }),
  ];
}
