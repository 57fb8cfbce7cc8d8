import { textOf } from "./text";

/** One request of a trace. */
export interface TraceRequest {
  /** Unique in its trace. */
  readonly id: string;
  /** The prefix group that it belongs to, from 0. */
  readonly group: number;
  /** The session that it belongs to, and its place in that, from 0. */
  readonly session: number;
  readonly turn: number;
  /** The whole prompt, what went before in its session included. */
  readonly prompt: string;
  /** Tokens to generate, exactly so many where the server can be told to. */
  readonly maxTokens: number;
}

/** A session: each request continues the prompt of the one before, and is sent when that one is answered. */
export type TraceSession = readonly TraceRequest[];

/**
 * A workload as data: the same for the same arguments, so that policies are compared on the same requests and what an
 * ideal cache would hit can be computed. It says nothing of time; the driver decides how many sessions run at once.
 */
export interface Trace {
  readonly name: string;
  readonly sessions: readonly TraceSession[];
}

/** A workload of sessions that share prefixes by group, as assistants with long system prompts or documents do. */
export interface SharedPrefixArgs {
  readonly name?: string;
  /** Makes the text different from that of every other seed, from its first word on: no cache holds any of it. */
  readonly seed: string;
  /** Prefixes that are shared. */
  readonly groups: number;
  readonly sessionsPerGroup: number;
  /** Requests of each session. */
  readonly turns: number;
  /** Length of each shared prefix, in tokens (about: see textOf). */
  readonly prefixTokens: number;
  /** What each turn adds to the prompt, in tokens: the user's words and the answer before. */
  readonly turnTokens: number;
  /** Tokens to generate for each request. */
  readonly outputTokens: number;
}

/**
 * Sessions of several turns over shared prefixes. The answers inside the prompts are part of the trace and not what the
 * server generated, so that the prompts do not depend on the server.
 */
export function sharedPrefixTrace(args: SharedPrefixArgs): Trace {
  const { seed, groups, sessionsPerGroup, turns, outputTokens } = args;
  const sessions: TraceSession[] = [];
  // The first sessions of all groups come first, then the second ones, so that groups run side by side.
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
  return { name: args.name ?? "shared-prefix", sessions };
}

/** The requests that open a prefix group: the first of each, which no cache can hold anything of. */
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
