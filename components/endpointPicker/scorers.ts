import * as z from "zod";
import { field, flag, wholeNumber } from "../../settings/fields";

/**
 * The average number of characters of a token. The endpoint picker does not tokenize: it counts its blocks in characters of the
 * request, 4 for each token (averageCharactersPerToken in its prefix plugin, v1.3.1).
 */
export const CHARACTERS_PER_TOKEN = 4;

/** The settings of the prefix index, which only the prefix scorer has. */
export const prefixCacheSchema = field(
  z.strictObject({
    maxPrefixBlocksToMatch: wholeNumber(
      1,
      100_000,
      "Blocks of a prompt to compare. Later blocks do not count.",
      "blocks",
    ).default(2048),
    lruCapacityPerServer: wholeNumber(
      1,
      100_000_000,
      "Blocks that the index keeps for each replica that does not report its own number.",
      "blocks",
    ).default(31_250),
    autoTune: flag("Take block size and capacity from the replicas' metrics, where they report them.").default(true),
  }),
  { description: "The endpoint picker's index of routed prefixes.", expected: "an object of prefix index settings" },
);

/** What a scorer's parameters follow from. */
export interface ScorerArgs {
  readonly prefixCache: z.output<typeof prefixCacheSchema>;
  /** Tokens per KV-cache block of the model server. */
  readonly blockSize: number;
  /** Whether the model server caches prefixes. */
  readonly prefixCaching: boolean;
}

/** A plugin of the endpoint picker that rates each replica. */
interface Scorer {
  /** The plugin's type in the endpoint picker's configuration. */
  readonly type: string;
  /** Description of its setting, `endpointPicker.weights.<name>`. */
  readonly description: string;
  readonly weight: number;
  /** @default none */
  parameters?(args: ScorerArgs): Readonly<Record<string, unknown>>;
  /** Whether the scorer has anything to rate. @default always */
  applies?(args: ScorerArgs): boolean;
}

/**
 * Every scorer, by the name of its weight. The configuration, its documentation and the endpoint picker's plugins are made from these:
 * a further scorer is one entry here.
 */
export const SCORERS = {
  prefixCache: {
    type: "prefix-cache-scorer",
    description: "Weight of the share of the prompt that is probably cached on a replica.",
    weight: 6,
    parameters: ({ prefixCache, blockSize }: ScorerArgs) => ({
      autoTune: prefixCache.autoTune,
      // Characters, not tokens. With autoTune, this holds only until the first metrics of a replica, which give the same number.
      blockSize: blockSize * CHARACTERS_PER_TOKEN,
      maxPrefixBlocksToMatch: prefixCache.maxPrefixBlocksToMatch,
      lruCapacityPerServer: prefixCache.lruCapacityPerServer,
    }),
    applies: ({ prefixCaching }: ScorerArgs) => prefixCaching,
  },
  queue: { type: "queue-scorer", description: "Weight of a short queue.", weight: 4 },
  kvCacheUtilization: { type: "kv-cache-utilization-scorer", description: "Weight of free KV cache.", weight: 2 },
  runningRequests: { type: "running-requests-size-scorer", description: "Weight of few running requests.", weight: 1 },
} as const satisfies Readonly<Record<string, Scorer>>;

/** Name of a scorer's weight. */
export type ScorerName = keyof typeof SCORERS;

/** Every scorer with its name, in the order of the configuration. */
export const scorers = Object.entries(SCORERS) as [ScorerName, Scorer][];

const weight = ({ description, weight: usual }: Scorer) => wholeNumber(0, 100, description, "weight").default(usual);

/** The weight of each scorer. */
export const weightsSchema = field(
  z.strictObject(
    Object.fromEntries(scorers.map(([name, scorer]) => [name, weight(scorer)])) as Record<
      ScorerName,
      ReturnType<typeof weight>
    >,
  ),
  { description: "How much each scorer counts.", expected: "an object of weights" },
);
