/** A token of the simulator's tokenizer (v0.10.2, pkg/tokenizer): a word or punctuation, and the spaces after it. */
const TOKEN = /([{}:,\-.?!;@#$%^&*()+_~/\\><[\]="']|\w+)\s*/g;

/** The tokens of a text, as the simulator counts them. */
export function tokensOf(text: string): readonly string[] {
  return text.match(TOKEN) ?? [];
}

/** Numbers blocks. Two blocks have the same number only if all tokens up to their ends are equal. */
class Blocks {
  private readonly known = new Map<string, number>();

  constructor(
    /** Tokens per block. */
    readonly size: number,
  ) {}

  /** The full blocks of a prompt. vLLM caches no others. */
  of(tokens: readonly string[]): readonly number[] {
    const blocks: number[] = [];
    for (let end = this.size; end <= tokens.length; end += this.size) {
      const key = `${blocks.at(-1) ?? ""}|${tokens.slice(end - this.size, end).join("")}`;
      const block = this.known.get(key) ?? this.known.size;
      this.known.set(key, block);
      blocks.push(block);
    }
    return blocks;
  }
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
  const blocks = new Blocks(blockSize);
  const held = new Set<number>();
  const all = new Set<number>();
  let [tokens, hits] = [0, 0];
  for (const prompt of prompts) {
    const prompted = tokensOf(prompt);
    const wanted = blocks.of(prompted);
    const found = wanted.findIndex((block) => !held.has(block));
    tokens += prompted.length;
    hits += (found < 0 ? wanted.length : found) * blockSize;
    // A Set keeps the order of insertion, so its first element is the least recently used block.
    for (const block of wanted) {
      held.delete(block);
      held.add(block);
      all.add(block);
    }
    for (const oldest of held) {
      if (held.size <= capacity) break;
      held.delete(oldest);
    }
  }
  return { tokens, hits, hitRate: tokens === 0 ? 0 : hits / tokens, workingSet: all.size * blockSize };
}
