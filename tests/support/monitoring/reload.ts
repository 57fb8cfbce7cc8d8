/**
 * How long it may take until Prometheus goes by what its operator has written, in milliseconds. Its reloader is told by the file
 * system, and looks by itself every three minutes, should it have missed that on a machine that is busy.
 */
export const RELOAD_MS = 360_000;
