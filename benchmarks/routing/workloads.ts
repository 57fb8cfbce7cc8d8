import { sharedPrefixTrace, textOf, type Trace, type WorkloadSize } from "../../validation/workload";

/** A workload of the routing benchmark. */
export interface Workload {
  readonly name: string;
  /** The endpoint picker's settings are chosen on "tune" workloads and reported on "report" workloads. */
  readonly split: "tune" | "report";
  /** All clients start at the same moment, not one after the other. */
  readonly atOnce?: true;
  /** A trace whose texts depend on the seed: no cache holds any text of another seed. */
  trace(seed: string): Trace;
}

/** Sessions that run at once, for each replica. */
export const SESSIONS_PER_REPLICA = 8 / 3;

/** Tokens to generate for each request. */
const OUTPUT_TOKENS = 4;

/**
 * All workloads. No number of replicas divides a number of groups: otherwise round robin would send each group to the
 * same replica every time. Prompts have the length that gives the time of the reference deployment for a cache miss, 970 ms. In a
 * "report" workload fewer than 5 % of the requests open a group, because no policy can help those, and p95 leaves them out.
 *
 * @param short Half of the sessions.
 */
export function workloads(short: boolean): readonly Workload[] {
  const some = (count: number): number => (short ? Math.ceil(count / 2) : count);
  const shared = (
    split: Workload["split"],
    name: string,
    size: Partial<WorkloadSize> & Pick<WorkloadSize, "groups" | "prefixTokens" | "turnTokens">,
  ): Workload => ({
    name,
    split,
    trace: (seed) => sharedPrefixTrace({ sessionsPerGroup: 1, turns: 1, outputTokens: OUTPUT_TOKENS, ...size, seed }),
  });
  const systemPrompts = shared("report", "system prompts", {
    groups: 7,
    sessionsPerGroup: some(26),
    prefixTokens: 750,
    turnTokens: 200,
  });
  const assistants = shared("tune", "assistants", {
    groups: 11,
    sessionsPerGroup: some(12),
    prefixTokens: 600,
    turnTokens: 300,
  });
  return [
    // The test of the reference deployment: whole prompts are repeated, of about 950 tokens each.
    shared("report", "repeated prompts", { groups: 7, sessionsPerGroup: some(26), prefixTokens: 940, turnTokens: 8 }),
    systemPrompts,
    atOnce(systemPrompts),
    shared("report", "multi-turn chat", {
      groups: 5,
      sessionsPerGroup: some(8),
      turns: 8,
      prefixTokens: 300,
      turnTokens: 120,
    }),
    {
      // Every document comes after the same preface of 3400 tokens. Prompts differ only after it.
      name: "RAG documents",
      split: "report",
      trace: (seed) => documentTrace(seed, { questions: some(40), documents: 7, preface: 3400, document: 800 }),
    },
    // Prompts share almost nothing. A cache does not help, so only the balance of load matters.
    shared("report", "control", { groups: some(120), prefixTokens: 400, turnTokens: 50 }),
    assistants,
    atOnce(assistants),
    shared("tune", "short chats", {
      groups: 7,
      sessionsPerGroup: some(6),
      turns: 5,
      prefixTokens: 200,
      turnTokens: 160,
    }),
    {
      name: "manuals",
      split: "tune",
      trace: (seed) => documentTrace(seed, { questions: some(8), documents: 10, preface: 1200, document: 600 }),
    },
    shared("tune", "single questions", { groups: some(100), prefixTokens: 250, turnTokens: 50 }),
  ];
}

/** The same workload from clients that start at once: at their first requests, no replica has a load to choose by yet. */
function atOnce(workload: Workload): Workload {
  return { ...workload, name: `${workload.name}, all at once`, atOnce: true };
}

/** The size of a workload of documents; lengths are in tokens. */
interface DocumentArgs {
  /** Questions about each document. */
  readonly questions: number;
  readonly documents: number;
  readonly preface: number;
  readonly document: number;
}

/** Questions about documents that all come after the same long preface (instructions, tools, examples). */
function documentTrace(seed: string, args: DocumentArgs): Trace {
  const preface = `${seed} ${textOf(`${seed}/preface`, args.preface)}`;
  const documents = Array.from({ length: args.documents }, (_, number) =>
    textOf(`${seed}/document/${number}`, args.document),
  );
  const sessions = Array.from({ length: args.questions }, (_, question) =>
    documents.map((document, group) => [
      {
        id: `${group}-${question}`,
        group,
        session: question * documents.length + group,
        turn: 0,
        prompt: [preface, document, textOf(`${seed}/${group}/${question}`, 40)].join("\n"),
        maxTokens: OUTPUT_TOKENS,
      },
    ]),
  ).flat();
  return { sessions };
}
