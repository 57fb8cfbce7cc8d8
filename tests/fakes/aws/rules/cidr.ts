/** First and last address of an IPv4 block, as numbers. Undefined for an invalid block or one with host bits. */
export function range(block: unknown): { first: number; last: number; prefix: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(typeof block === "string" ? block : "");
  if (match === null) return undefined;
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = match.slice(1).map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  const first = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  const size = 2 ** (32 - prefix);
  return first % size === 0 ? { first, last: first + size - 1, prefix } : undefined;
}

export function overlaps(left: unknown, right: unknown): boolean {
  const [one, other] = [range(left), range(right)];
  return one !== undefined && other !== undefined && one.first <= other.last && other.first <= one.last;
}

export function contains(outer: unknown, inner: unknown): boolean {
  const [one, other] = [range(outer), range(inner)];
  return one !== undefined && other !== undefined && one.first <= other.first && other.last <= one.last;
}
