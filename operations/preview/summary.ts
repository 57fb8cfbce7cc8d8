import type { EngineEvent } from "@pulumi/pulumi/automation";

/** What happens to resources, in the order of the report: what needs a look comes first. */
const OPS = ["replace", "delete", "update", "create"] as const;
type Op = (typeof OPS)[number];

const isOp = (op: string): op is Op => (OPS as readonly string[]).includes(op);

/** One resource that would change. */
interface Change {
  readonly op: Op;
  /** Type's last part and name: `NodeGroup llm-d-dev-gpu`. */
  readonly what: string;
  /** The settings that change; of a replacement, those that cannot change in place. */
  readonly keys: readonly string[];
  readonly isProtected: boolean;
}

/** The summary of a preview. */
interface Summary {
  readonly changes: readonly Change[];
  readonly unchanged: number;
  /** Violated policies, as `rule: message`. */
  readonly violations: readonly string[];
  readonly errors: readonly string[];
  /** The cost of the environment, in the program's words; undefined when it makes no machines. */
  readonly cost: { readonly now?: string; readonly then?: string };
}

const STACK = "pulumi:pulumi:Stack";

/** Summarizes the events of a preview, as `pulumi preview --event-log` writes them. */
export function summarize(events: readonly EngineEvent[]): Summary {
  const changes = new Map<string, Change>();
  const violations = new Set<string>();
  const errors: string[] = [];
  let unchanged = 0;
  let cost: Summary["cost"] = {};
  for (const event of events) {
    const step = event.resourcePreEvent?.metadata;
    if (step?.op === "same") unchanged++;
    // A replacement has three steps, of which one has the operation "replace".
    if (step !== undefined && isOp(step.op) && step.type !== STACK) {
      changes.set(`${step.op} ${step.urn}`, {
        op: step.op,
        what: `${step.type.split(":").at(-1)} ${step.urn.split("::").at(-1)}`,
        keys: (step.op === "replace" ? step.keys : step.diffs) ?? [],
        isProtected: step.old?.protect === true,
      });
    }
    const outputs = event.resOutputsEvent?.metadata;
    if (outputs?.type === STACK) {
      cost = { now: textOf(outputs.old?.outputs?.["cost"]), then: textOf(outputs.new?.outputs?.["cost"]) };
    }
    const policy = event.policyEvent;
    if (policy?.enforcementLevel === "mandatory") violations.add(`${policy.policyName}: ${plain(policy.message)}`);
    const diagnostic = event.diagnosticEvent;
    if (diagnostic?.severity === "error") errors.push(plain(diagnostic.message));
  }
  return { changes: [...changes.values()], unchanged, violations: [...violations], errors, cost };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A message on one line, without the engine's colour marks. */
function plain(message: string): string {
  return message
    .replaceAll(/<\{%.*?%\}>/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}

const TITLES: Readonly<Record<Op, string>> = {
  replace: "Replaced: deleted and created again",
  delete: "Deleted",
  update: "Updated in place",
  create: "Created",
};

/** The sections of a report, each with a title and its lines. */
function sections({ changes, violations, errors, cost }: Summary): { title: string; lines: string[] }[] {
  const line = ({ what, keys, isProtected }: Change) =>
    `${what}${keys.length === 0 ? "" : ` (${keys.join(", ")})`}${isProtected ? ", protected: pulumi up would refuse it" : ""}`;
  const all: { title: string; lines: string[] }[] = [
    { title: "Policy violations", lines: [...violations] },
    { title: "Errors", lines: [...errors] },
    ...OPS.map((op) => ({ title: TITLES[op], lines: changes.filter((change) => change.op === op).map(line) })),
    { title: "Cost", lines: costLines(cost) },
  ];
  return all.filter(({ lines }) => lines.length > 0);
}

function costLines({ now, then }: Summary["cost"]): string[] {
  if (then === undefined) return now === undefined ? [] : [`now ${now}`, "then nothing"];
  return now === undefined || now === then ? [then] : [`now ${now}`, `then ${then}`];
}

function headline({ changes, unchanged }: Summary): string {
  const counts = OPS.map((op) => ({ op, count: changes.filter((change) => change.op === op).length }))
    .filter(({ count }) => count > 0)
    .map(({ op, count }) => `${count} to ${op}`);
  return counts.length === 0 ? "No changes" : `${counts.join(", ")}; ${unchanged} unchanged`;
}

/** The report for a terminal. */
export function asText(summary: Summary): string {
  const parts = sections(summary).map(({ title, lines }) => `${title}:\n${lines.map((one) => `  ${one}`).join("\n")}`);
  return `${[headline(summary), ...parts].join("\n\n")}\n`;
}

/** A comment folds longer lists. */
const OPEN_LINES = 20;

/** The report for a comment on a pull request. */
export function asMarkdown(stack: string, summary: Summary): string {
  const parts = sections(summary).map(({ title, lines }) => {
    const listed = lines.map((one) => `- ${escaped(one)}`).join("\n");
    const folds = title === TITLES.create || title === TITLES.update;
    return !folds || lines.length <= OPEN_LINES
      ? `**${title}**\n\n${listed}`
      : `<details><summary>${title}: ${lines.length}</summary>\n\n${listed}\n\n</details>`;
  });
  return `### Preview of \`${stack}\`\n\n${[headline(summary), ...parts].join("\n\n")}\n`;
}

/** Names come from a pull request: they must not mention people or start markup. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>@#|]/g, (character) => `\\${character}`);
}
