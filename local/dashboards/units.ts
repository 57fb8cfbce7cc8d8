/** Formats values by Grafana's names of units. */

/** The value with about three digits. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  const places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return String(Number(value.toFixed(places)));
}

function scaled(value: number, steps: readonly (readonly [number, string])[]): string {
  const size = Math.abs(value);
  const [factor, name] = steps.find(([least]) => size >= least) ?? steps.at(-1) ?? [1, ""];
  return `${digits(value / factor)}${name}`;
}

const THOUSANDS = [
  [1e9, " B"],
  [1e6, " M"],
  [1e3, " K"],
  [1, ""],
] as const;

const BYTES = [
  [2 ** 40, " TiB"],
  [2 ** 30, " GiB"],
  [2 ** 20, " MiB"],
  [2 ** 10, " KiB"],
  [1, " B"],
] as const;

const DURATIONS = [
  [86_400, " d"],
  [3600, " h"],
  [60, " min"],
  [1, " s"],
  [1e-3, " ms"],
  [1e-6, " µs"],
] as const;

const FORMATS: Readonly<Record<string, (value: number) => string>> = {
  s: (value) => (value === 0 ? "0 s" : scaled(value, DURATIONS)),
  ms: (value) => (value === 0 ? "0 ms" : scaled(value / 1000, DURATIONS)),
  percentunit: (value) => `${digits(value * 100)} %`,
  percent: (value) => `${digits(value)} %`,
  reqps: (value) => `${digits(value)} req/s`,
  ops: (value) => `${digits(value)} ops/s`,
  bytes: (value) => scaled(value, BYTES),
  decmbytes: (value) => scaled(value * 1e6, BYTES),
  mbytes: (value) => scaled(value * 2 ** 20, BYTES),
  MiBs: (value) => `${scaled(value * 2 ** 20, BYTES)}/s`,
  celsius: (value) => `${digits(value)} °C`,
  watt: (value) =>
    scaled(value, [
      [1e3, " kW"],
      [1, " W"],
    ]),
  joule: (value) =>
    scaled(value, [
      [3.6e6, " kWh"],
      [1e3, " kJ"],
      [1, " J"],
    ]),
  short: (value) => scaled(value, THOUSANDS),
  none: (value) => scaled(value, THOUSANDS),
};

/** Formats a value in a unit. An unknown unit is appended to the number. */
export function formatted(value: number, unit: string): string {
  if (!Number.isFinite(value)) return "–";
  return FORMATS[unit]?.(value) ?? `${scaled(value, THOUSANDS)} ${unit}`;
}
