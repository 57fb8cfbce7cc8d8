/**
 * What the best possible cache would hit on the same prompts, computed exactly: in the tokens and blocks of the simulator,
 * so that its figures and these are of one kind.
 */

/** Tokens of the simulator's own tokenizer (v0.10.2, pkg/tokenizer): words and punctuation, with the blanks after them. */
const TOKEN = /([{}:,\-.?!;@#$%^&*()+_~/\\><[\]="']|\w+)\s*/g;

export function tokensOf(text: string): readonly string[] {
  return text.match(TOKEN) ?? [];
}

/** A block's identity: all tokens up to its end. */
export type Block = number;

/** Gives the same number to blocks that have the same tokens before them and in them, and no two others. */
export class Blocks {
  private readonly known = new Map<string, Block>();

  constructor(
    /** Tokens per block. */
    readonly size: number,
  ) {}

  /** The full blocks of a prompt; only those are cached. */
  of(tokens: readonly string[]): readonly Block[] {
    const blocks: Block[] = [];
    for (let end = this.size; end <= tokens.length; end += this.size) {
      const key = `${blocks.at(-1) ?? ""}|${tokens.slice(end - this.size, end).join("")}`;
      const block = this.known.get(key) ?? this.known.size;
      this.known.set(key, block);
      blocks.push(block);
    }
    return blocks;
  }
}

/** What a cache did on a sequence of prompts. */
export interface CacheOutcome {
  /** Tokens of all prompts. */
  readonly tokens: number;
  /** Tokens that were found. */
  readonly hits: number;
  readonly hitRate: number;
  /** Tokens of all different blocks: what a cache has to hold so that it forgets nothing. */
  readonly workingSet: number;
}

/**
 * One cache that serves all prompts in their order and forgets the blocks that were used longest ago.
 *
 * @param capacity Blocks that it holds; Infinity for one that forgets nothing
 */
export function idealCache(prompts: readonly string[], blockSize: number, capacity: number): CacheOutcome {
  const blocks = new Blocks(blockSize);
  const held = new Set<Block>();
  const all = new Set<Block>();
  let [tokens, hits] = [0, 0];
  for (const prompt of prompts) {
    const prompted = tokensOf(prompt);
    const wanted = blocks.of(prompted);
    const found = wanted.findIndex((block) => !held.has(block));
    tokens += prompted.length;
    hits += (found < 0 ? wanted.length : found) * blockSize;
    // Oldest first is the order of a Set; what is used again goes to its end.
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
