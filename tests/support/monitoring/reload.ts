/**
 * How long it may take until Prometheus goes by what its operator has written, in milliseconds. Its reloader watches a file that the
 * first change takes away, and from then on only looks every three minutes (thanos-io/thanos#8127).
 */
export const RELOAD_MS = 360_000;
