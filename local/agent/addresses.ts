/**
 * The addresses of the pods' range. The lower half is the agent's, the upper half KWOK's, so that neither ever gives
 * one that the other has given; the first 256 stay free for the bridge.
 */

/** Addresses of one pod range and who has them. */
export class PodAddresses {
  /** The host's address on the pods' bridge, their default gateway. */
  readonly gateway: string;
  /** Length of the range's prefix in bits. */
  readonly prefixLength: number;
  private readonly first: number;
  private readonly last: number;
  private next: number;
  private readonly owners = new Map<string, string>();

  /** @param cidr the pods' range, /22 or larger. */
  constructor(cidr: string) {
    const [address = "", length = ""] = cidr.split("/");
    this.prefixLength = Number(length);
    if (!(this.prefixLength >= 8 && this.prefixLength <= 22)) {
      throw new Error(`the pods' range ${cidr} must have a prefix of 8 to 22 bits`);
    }
    const size = 2 ** (32 - this.prefixLength);
    const base = Math.floor(numberOf(address) / size) * size;
    this.gateway = textOf(base + 1);
    this.first = base + 256;
    this.last = base + size / 2 - 1;
    this.next = this.first;
  }

  /** Gives an owner its address: the wanted one if it is the agent's and free, or else the next free one. */
  allocate(owner: string, wanted?: string): string {
    if (wanted !== undefined && this.owns(wanted) && (this.owners.get(wanted) ?? owner) === owner) {
      this.owners.set(wanted, owner);
      return wanted;
    }
    // Round and round, so that an address rests before it is somebody else's.
    for (let tried = this.first; tried <= this.last; tried++) {
      const address = textOf(this.next);
      this.next = this.next === this.last ? this.first : this.next + 1;
      if (!this.owners.has(address)) {
        this.owners.set(address, owner);
        return address;
      }
    }
    throw new Error("no address is left for a pod");
  }

  release(address: string, owner: string): void {
    if (this.owners.get(address) === owner) this.owners.delete(address);
  }

  /** Whether an address is of the agent's half: a process answers there, if anything does. */
  owns(address: string): boolean {
    const number = numberOf(address);
    return number >= this.first && number <= this.last;
  }
}

function numberOf(address: string): number {
  const parts = address.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return -1;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function textOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}
