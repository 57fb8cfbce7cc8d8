/** An IPv4 block: an address as a number, which need not be the block's first, and the length of its prefix. */
export interface Block {
  readonly address: number;
  readonly prefix: number;
}

/** Reads a block such as `10.0.0.0/16`; undefined when the text is none. */
export function parseBlock(text: string | undefined): Block | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text ?? "");
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  if (prefix > 32 || [a, b, c, d].some((octet) => octet > 255)) return undefined;
  return { address: ((a * 256 + b) * 256 + c) * 256 + d, prefix };
}

/** A block as it is written. */
export function formatBlock({ address, prefix }: Block): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
  return `${octets.join(".")}/${prefix}`;
}

/** The block that an address is in, with its first address. */
export function firstOf({ address, prefix }: Block): Block {
  return { address: address - (address % 2 ** (32 - prefix)), prefix };
}

/** Whether all addresses of one block are in another. */
export function contains(outer: Block, inner: Block): boolean {
  return inner.prefix >= outer.prefix && firstOf({ ...inner, prefix: outer.prefix }).address === firstOf(outer).address;
}
