/**
 * Longest time until Prometheus loads what its operator has written, in milliseconds. The first change replaces the file that
 * the reloader watches. After that, the reloader checks only every three minutes (thanos-io/thanos#8127).
 */
export const RELOAD_MS = 360_000;
