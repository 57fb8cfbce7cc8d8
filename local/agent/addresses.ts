import * as net from "node:net";

import { ip2long, long2ip, Netmask } from "netmask";

/**
 * The addresses of one pod range and the pods that have them. The lower half is the agent's and the upper half KWOK's,
 * so neither assigns an address of the other. The first 256 stay free for the bridge.
 */
export class PodAddresses {
  /** The host's address on the pods' bridge, which is their default gateway. */
  readonly gateway: string;
  /** Length of the range's prefix in bits. */
  readonly prefixLength: number;
  private readonly first: number;
  private readonly last: number;
  private next: number;
  private readonly owners = new Map<string, string>();

  /**
   * @param cidr the pods' range, /22 or larger
   * @throws Error when the range has a prefix of another length
   */
  constructor(cidr: string) {
    const { netLong: base, size, bitmask } = new Netmask(cidr);
    if (bitmask < 8 || bitmask > 22) throw new Error(`the pods' range ${cidr} must have a prefix of 8 to 22 bits`);
    this.prefixLength = bitmask;
    this.gateway = long2ip(base + 1);
    this.first = base + 256;
    this.last = base + size / 2 - 1;
    this.next = this.first;
  }

  /**
   * Gives an owner the address that it wants, if the address is the agent's and free, and otherwise the next free one.
   *
   * @throws Error when no address is free
   */
  allocate(owner: string, wanted?: string): string {
    if (wanted !== undefined && this.owns(wanted) && (this.owners.get(wanted) ?? owner) === owner) {
      this.owners.set(wanted, owner);
      return wanted;
    }
    // Goes around the whole range, so that an address is not used again right after its release.
    for (let tried = this.first; tried <= this.last; tried++) {
      const address = long2ip(this.next);
      this.next = this.next === this.last ? this.first : this.next + 1;
      if (!this.owners.has(address)) {
        this.owners.set(address, owner);
        return address;
      }
    }
    throw new Error("no address is left for a pod");
  }

  /** Makes an address free again, unless another owner has it. */
  release(address: string, owner: string): void {
    if (this.owners.get(address) === owner) this.owners.delete(address);
  }

  /** Whether an address is in the agent's half. Only there can a process answer. */
  owns(address: string): boolean {
    if (!net.isIPv4(address)) return false;
    const number = ip2long(address);
    return number >= this.first && number <= this.last;
  }
}
