import { removal, removalRank } from "./removal";
import type { Identity, Resource } from "./resource";

/** One place that was looked at. */
export interface Source {
  readonly name: string;
  /** What is there; a reason instead when it could not be looked at. */
  readonly found: readonly Resource[] | { readonly unreadable: string };
  /**
   * Kinds that this source lists without fail and up to date. The tagging API goes on listing what was deleted for a
   * while, so its word on these kinds counts only where this source could not be read.
   */
  readonly authoritative: readonly string[];
}

/** Ids of what is listed, but on its way out or a record of what is gone: terminated instances and the like. */
export type Gone = ReadonlySet<string>;

/** A resource that is still there. */
export interface Leftover extends Resource {
  /** The command that removes it. */
  readonly remove?: string;
}

export interface Inventory {
  readonly identity: Identity;
  /** In the order in which they can be removed. */
  readonly leftovers: readonly Leftover[];
  /** Deleted, and waiting for their last day: KMS keeps keys for 7 to 30 days. Not counted. */
  readonly pending: readonly Resource[];
  readonly unread: readonly { readonly source: string; readonly reason: string }[];
  /** 0: nothing is left, and everything could be looked at. */
  readonly exitCode: 0 | 1;
}

/** Puts together what all sources found. */
export function takeInventory(identity: Identity, sources: readonly Source[], gone: Gone): Inventory {
  const readable = sources.flatMap((source) => (isReadable(source.found) ? [{ ...source, found: source.found }] : []));
  const settled = new Set(readable.flatMap((source) => source.authoritative));
  const merged = new Map<string, Resource>();
  for (const source of readable) {
    for (const resource of source.found) {
      if (gone.has(resource.id)) continue;
      if (settled.has(resource.type) && !source.authoritative.includes(resource.type)) continue;
      const key = `${resource.type} ${resource.id}`;
      const known = merged.get(key);
      merged.set(key, known?.detail === undefined ? { ...known, ...resource } : known);
    }
  }
  const all = [...merged.values()].sort(
    (a, b) => removalRank(a.type) - removalRank(b.type) || compare(a.type, b.type) || compare(a.id, b.id),
  );
  const leftovers = all
    .filter(({ pending }) => pending === undefined)
    .map((resource): Leftover => {
      const remove = removal(resource, identity.region);
      return remove === undefined ? resource : { ...resource, remove };
    });
  const pending = all.filter((resource) => resource.pending !== undefined);
  const unread = sources.flatMap(({ name, found }) =>
    isReadable(found) ? [] : [{ source: name, reason: found.unreadable }],
  );
  return { identity, leftovers, pending, unread, exitCode: leftovers.length + unread.length === 0 ? 0 : 1 };
}

const isReadable = (found: Source["found"]): found is readonly Resource[] => Array.isArray(found);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
