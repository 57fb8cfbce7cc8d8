/** A token of the simulator's tokenizer (v0.10.2, pkg/tokenizer): a word or punctuation, and the spaces after it. */
const TOKEN = /([{}:,\-.?!;@#$%^&*()+_~/\\><[\]="']|\w+)\s*/g;

/** The tokens of a text, as the simulator counts them. */
export function tokensOf(text: string): readonly string[] {
  return text.match(TOKEN) ?? [];
}

/** The hits of a cache on a sequence of prompts. */
interface CacheOutcome {
  /** Tokens of all prompts. */
  readonly tokens: number;
  /** Tokens that were found. */
  readonly hits: number;
  readonly hitRate: number;
  /** Tokens of all distinct blocks: the size of a cache that never evicts. */
  readonly workingSet: number;
}

/**
 * Computes the hits of one LRU cache for all prompts, in their order: the best result that routing can have. It counts
 * tokens and blocks as the simulator does, so that both figures are comparable.
 *
 * @param capacity Blocks that the cache holds; Infinity if it never evicts.
 */
export function idealCache(prompts: readonly string[], blockSize: number, capacity: number): CacheOutcome {
  // Two blocks have the same number only if all tokens up to their ends are equal.
  const numbers = new Map<string, number>();
  const held = new Set<number>();
  let [tokens, hits] = [0, 0];
  for (const prompt of prompts) {
    const prompted = tokensOf(prompt);
    const wanted: number[] = [];
    // Only full blocks are cached.
    for (let end = blockSize; end <= prompted.length; end += blockSize) {
      const key = `${wanted.at(-1) ?? ""}|${prompted.slice(end - blockSize, end).join("")}`;
      const block = numbers.get(key) ?? numbers.size;
      numbers.set(key, block);
      wanted.push(block);
    }
    const found = wanted.findIndex((block) => !held.has(block));
    tokens += prompted.length;
    hits += (found < 0 ? wanted.length : found) * blockSize;
    // A Set keeps the order of insertion, so its first element is the least recently used block.
    for (const block of wanted) {
      held.delete(block);
      held.add(block);
    }
    for (const oldest of held) {
      if (held.size <= capacity) break;
      held.delete(oldest);
    }
  }
  return { tokens, hits, hitRate: tokens === 0 ? 0 : hits / tokens, workingSet: numbers.size * blockSize };
}
