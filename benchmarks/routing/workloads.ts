import { textOf } from "../../validation/workload/text";
import { type SharedPrefixArgs, sharedPrefixTrace, type Trace } from "../../validation/workload/trace";

/** A workload of the routing benchmark. */
export interface Workload {
  readonly name: string;
  /** Settings of the endpoint picker are chosen on "tune" and reported on "report". */
  readonly split: "tune" | "report";
  /** All clients come in the same moment, and not one after the other. */
  readonly atOnce?: true;
  /** The trace with texts of its own for each seed: no cache holds anything of another seed's. */
  trace(seed: string): Trace;
}

const shared = (name: string, args: Omit<SharedPrefixArgs, "seed" | "name">) => (seed: string) =>
  sharedPrefixTrace({ ...args, name, seed });

/** Sessions that run at once, for each replica. */
export const SESSIONS_PER_REPLICA = 8 / 3;

/**
 * Numbers of groups that no number of replicas divides: in turn, each group would otherwise meet the same replica again.
 * The same sessions on every run, with the length that gives the source's times: 970 ms where nothing is cached. Of those to
 * report fewer than 5 % of the requests are the first of their group: where nothing can be cached, p95 tells of no policy.
 */
export function workloads(short: boolean): readonly Workload[] {
  const some = (count: number): number => (short ? Math.ceil(count / 2) : count);
  const systemPrompts: Workload = {
    name: "system prompts",
    split: "report",
    trace: shared("system prompts", {
      groups: 7,
      sessionsPerGroup: some(26),
      turns: 1,
      prefixTokens: 750,
      turnTokens: 200,
      outputTokens: 4,
    }),
  };
  const assistants: Workload = {
    name: "assistants",
    split: "tune",
    trace: shared("assistants", {
      groups: 11,
      sessionsPerGroup: some(12),
      turns: 1,
      prefixTokens: 600,
      turnTokens: 300,
      outputTokens: 4,
    }),
  };
  return [
    {
      // The source's test: whole prompts that are asked again, some 950 tokens each.
      name: "repeated prompts",
      split: "report",
      trace: shared("repeated prompts", {
        groups: 7,
        sessionsPerGroup: some(26),
        turns: 1,
        prefixTokens: 940,
        turnTokens: 8,
        outputTokens: 4,
      }),
    },
    systemPrompts,
    atOnce(systemPrompts),
    {
      name: "multi-turn chat",
      split: "report",
      trace: shared("multi-turn chat", {
        groups: 5,
        sessionsPerGroup: some(8),
        turns: 8,
        prefixTokens: 300,
        turnTokens: 120,
        outputTokens: 4,
      }),
    },
    {
      // One preface of 3400 tokens before every document: only beyond it do prompts differ.
      name: "RAG documents",
      split: "report",
      trace: (seed) => documentTrace(seed, { questions: some(40), documents: 7, preface: 3400, document: 800 }),
    },
    {
      // Little to share: a cache is of no use, and the spread of load is all there is.
      name: "control",
      split: "report",
      trace: shared("control", {
        groups: some(120),
        sessionsPerGroup: 1,
        turns: 1,
        prefixTokens: 400,
        turnTokens: 50,
        outputTokens: 4,
      }),
    },
    assistants,
    atOnce(assistants),
    {
      name: "short chats",
      split: "tune",
      trace: shared("short chats", {
        groups: 7,
        sessionsPerGroup: some(6),
        turns: 5,
        prefixTokens: 200,
        turnTokens: 160,
        outputTokens: 4,
      }),
    },
    {
      name: "manuals",
      split: "tune",
      trace: (seed) => documentTrace(seed, { questions: some(8), documents: 10, preface: 1200, document: 600 }),
    },
    {
      name: "single questions",
      split: "tune",
      trace: shared("single questions", {
        groups: some(100),
        sessionsPerGroup: 1,
        turns: 1,
        prefixTokens: 250,
        turnTokens: 50,
        outputTokens: 4,
      }),
    },
  ];
}

/** The same from clients who come in the same moment: their first requests find no load yet by which to tell replicas apart. */
function atOnce(workload: Workload): Workload {
  return { ...workload, name: `${workload.name}, all at once`, atOnce: true };
}

/** Lengths in tokens, but for the numbers of questions on each document and of documents. */
interface DocumentArgs {
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
        maxTokens: 4,
      },
    ]),
  ).flat();
  return { name: "documents", sessions };
}
