import type { Found, Identity, LeftoverSearch, Resource, Source } from "../../stacks/platforms/operations";

/** A resource that still exists. */
interface Leftover extends Resource {
  /** The command that removes it. */
  readonly remove?: string;
}

/** What `make leftovers` reports, and prints with `--json`. */
export interface Inventory {
  readonly identity: Identity;
  /** In the order in which they can be removed. */
  readonly leftovers: readonly Leftover[];
  /** Deleted, and waiting for their last day: KMS keeps keys for 7 to 30 days. Not counted. */
  readonly pending: readonly Resource[];
  readonly unread: readonly { readonly source: string; readonly reason: string }[];
  /** 0: nothing is left, and every source could be read. */
  readonly exitCode: 0 | 1;
}

/** Merges what all sources found. */
export function takeInventory(
  identity: Identity,
  { sources, gone }: Found,
  { removal, removalRank }: Pick<LeftoverSearch, "removal" | "removalRank">,
): Inventory {
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
