/**
 * Common words, each of which is one token for most tokenizers, so the number of words approximates the number of tokens.
 * A word and its space have 5.2 characters on average, near the 4 per token that the endpoint picker assumes.
 */
const WORDS = (
  "able about above after again agree air all also and answer any area ask away back ball base bed best big bird blue " +
  "board boat body book born both box boy bring build but call came can car care case city class clear close cold come " +
  "cook cost could cover cross cut dark day deep did door down draw drive early earth east easy end even ever every " +
  "face fact fall farm fast feel few field find fine fire first fish five fly follow food foot form four free from full " +
  "game gave girl give gold good great green group grow half hand hard have head hear heat help here high hold home " +
  "horse hot hour house how idea keep kind king knew land large last late law lay lead learn leave left less letter " +
  "life light line list live long look lot love low made main make man many map mark may mean men might mile mind " +
  "money moon more most move much music must name near need never new next night north note now number object off often " +
  "old once one only open order other our out over own page paper part pass pay people plan plant play point power " +
  "press problem pull put question quick rain ran reach read real red rest river road rock room rule run safe said same " +
  "say sea second see self send set ship short show side simple sing size sleep slow small snow some song soon sound " +
  "south space stand star start state stay step still stop story street strong study such sun sure table take talk " +
  "teach tell ten test than that them then there these thing think this those three through time told took top town " +
  "travel tree true try turn two unit until use very voice wait walk want war warm watch water way week well went were " +
  "west what wheel when where which while white who whole why wild will wind wish with wood word work world would write " +
  "year yes yet you young"
).split(" ");

/** A generator of numbers in [0, 1), the same ones for the same seed (mulberry32 over an FNV-1a hash). */
function seeded(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Text of about so many tokens. The same seed gives the same text; two seeds share nothing. */
export function textOf(seed: string, tokens: number): string {
  const random = seeded(seed);
  return Array.from({ length: tokens }, () => WORDS[Math.floor(random() * WORDS.length)] ?? "").join(" ");
}

/** One request of a trace. */
export interface TraceRequest {
  /** Unique in its trace. */
  readonly id: string;
  /** Its prefix group, from 0. */
  readonly group: number;
  /** Its session, from 0. */
  readonly session: number;
  /** Its position in the session, from 0. */
  readonly turn: number;
  /** The whole prompt, including the earlier turns of its session. */
  readonly prompt: string;
  /** Tokens to generate: exactly so many if the server supports that. */
  readonly maxTokens: number;
}

/** A session: each request continues the previous prompt, and is sent when the previous one is answered. */
type TraceSession = readonly TraceRequest[];

/**
 * A workload as data: the same for the same arguments. So policies are compared on the same requests, and the hits of an
 * ideal cache can be computed. It has no times; the driver decides how many sessions run at once.
 */
export interface Trace {
  readonly sessions: readonly TraceSession[];
}

/** The size of a workload of sessions that share prefixes by group, like assistants with long system prompts. */
export interface WorkloadSize {
  /** Shared prefixes. */
  readonly groups: number;
  readonly sessionsPerGroup: number;
  /** Requests of each session. */
  readonly turns: number;
  /** Length of each shared prefix, in tokens (approximately: see textOf). */
  readonly prefixTokens: number;
  /** Tokens that each turn adds to the prompt: the user's words and the previous answer. */
  readonly turnTokens: number;
  /** Tokens to generate for each request. */
  readonly outputTokens: number;
}

/** A workload of shared prefixes. */
interface SharedPrefixArgs extends WorkloadSize {
  /** Two seeds give texts that differ from the first word on, so that no cache holds any of the other's. */
  readonly seed: string;
}

/**
 * Sessions of several turns over shared prefixes. The answers inside the prompts are part of the trace, not what the
 * server generated, so the prompts do not depend on the server.
 */
export function sharedPrefixTrace(args: SharedPrefixArgs): Trace {
  const { seed, groups, sessionsPerGroup, turns, outputTokens } = args;
  const sessions: TraceSession[] = [];
  // First one session of every group, then the next one of every group, so that the groups run at the same time.
  for (let number = 0; number < sessionsPerGroup; number++) {
    for (let group = 0; group < groups; group++) {
      const prefix = `${seed} ${group} ${textOf(`${seed}/${group}`, args.prefixTokens)}`;
      const session = sessions.length;
      const added: string[] = [];
      sessions.push(
        Array.from({ length: turns }, (_, turn): TraceRequest => {
          added.push(textOf(`${seed}/${group}/${number}/${turn}`, args.turnTokens));
          const prompt = [prefix, ...added].join("\n");
          return { id: `${group}-${number}-${turn}`, group, session, turn, prompt, maxTokens: outputTokens };
        }),
      );
    }
  }
  return { sessions };
}

/** The first request of each prefix group: no cache can hold any of its prompt. */
export function openers(trace: Trace): readonly TraceRequest[] {
  const seen = new Set<number>();
  return trace.sessions.flatMap(([first]) => {
    if (first === undefined || seen.has(first.group)) return [];
    seen.add(first.group);
    return [first];
  });
}

/** All requests of a trace, session by session. */
export function requestsOf(trace: Trace): readonly TraceRequest[] {
  return trace.sessions.flat();
}

/** Tokens of a trace without repetitions of earlier lines, at about one token for each word. */
export function distinctTokens(trace: Trace): number {
  const lines = new Set(requestsOf(trace).flatMap(({ prompt }) => prompt.split("\n")));
  return [...lines].reduce((words, line) => words + line.split(" ").length, 0);
}
