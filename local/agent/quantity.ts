/** Kubernetes' resource quantities: pure functions. */

const FACTORS: Record<string, number> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

function parse(quantity: string): number {
  const match = /^([+-]?[0-9.]+(?:[eE][+-]?\d+)?)([A-Za-z]{0,2})$/.exec(quantity.trim());
  const factor = FACTORS[match?.[2] ?? "?"];
  if (match === null || factor === undefined) throw new Error(`not a quantity: ${quantity}`);
  return Number(match[1]) * factor;
}

/** Thousandths of a CPU, whole. */
export function cpuOf(quantity: string): number {
  return Math.ceil(Number((parse(quantity) * 1000).toFixed(3)));
}

/** Bytes, whole. */
export function memoryOf(quantity: string): number {
  return Math.ceil(parse(quantity));
}

/** How often the divisor is in the value, rounded up. */
export function roundUp(value: number, divisor: number): string {
  return String(Math.ceil(value / divisor));
}

/** The lesser one of two quantities of memory or CPU. */
export function lesser(one: string, other: string): string {
  return parse(one) <= parse(other) ? one : other;
}
