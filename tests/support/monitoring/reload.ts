/**
 * Longest time until Prometheus loads what its operator has written, in milliseconds. The reloader looks every five seconds in the
 * embedded environment. The rest is for the operator, for the first scrape and for a busy machine.
 */
export const RELOAD_MS = 180_000;
