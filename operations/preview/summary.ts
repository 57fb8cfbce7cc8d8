/** An event of the engine, as far as a summary needs it; one line of `pulumi preview --event-log`. */
export interface EngineEvent {
  readonly resourcePreEvent?: { readonly metadata: StepMetadata };
  readonly resOutputsEvent?: { readonly metadata: StepMetadata };
  readonly policyEvent?: {
    readonly resourceUrn?: string;
    readonly message: string;
    readonly policyName: string;
    readonly enforcementLevel: string;
  };
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string };
}

interface StepMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  /** What makes a replacement one. */
  readonly keys?: readonly string[] | null;
  readonly diffs?: readonly string[] | null;
  readonly old?: StateMetadata | null;
  readonly new?: StateMetadata | null;
}

interface StateMetadata {
  readonly protect?: boolean;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** One resource that would change. */
export interface Change {
  /** `create`, `update`, `replace` or `delete`. */
  readonly op: "create" | "update" | "replace" | "delete";
  /** Type's last part and name: `NodeGroup llm-d-dev-gpu`. */
  readonly what: string;
  /** The settings that change; of a replacement, those that cannot change in place. */
  readonly keys: readonly string[];
  readonly isProtected: boolean;
}

/** What a preview comes to. */
export interface Summary {
  readonly changes: readonly Change[];
  readonly unchanged: number;
  /** What policies have against it, as `rule: message`. */
  readonly violations: readonly string[];
  readonly errors: readonly string[];
  /** What the environment costs, in the program's words; undefined where it makes no machines. */
  readonly cost: { readonly now?: string; readonly then?: string };
}

const OPS: Readonly<Record<string, Change["op"]>> = {
  create: "create",
  update: "update",
  replace: "replace",
  delete: "delete",
};

const STACK = "pulumi:pulumi:Stack";

/** Sums up the events of a preview. */
export function summarize(events: readonly EngineEvent[]): Summary {
  const changes = new Map<string, Change>();
  const violations = new Set<string>();
  const errors: string[] = [];
  let unchanged = 0;
  let cost: Summary["cost"] = {};
  for (const event of events) {
    const step = event.resourcePreEvent?.metadata;
    if (step?.op === "same") unchanged++;
    const op = step === undefined ? undefined : OPS[step.op];
    if (step !== undefined && op !== undefined && step.type !== STACK) {
      // A replacement comes as three steps, of which one says so.
      changes.set(`${op} ${step.urn}`, {
        op,
        what: `${step.type.split(":").at(-1)} ${step.urn.split("::").at(-1)}`,
        keys: (op === "replace" ? step.keys : step.diffs) ?? [],
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

/** A message without the engine's marks for colours, on one line. */
function plain(message: string): string {
  return message
    .replaceAll(/<\{%.*?%\}>/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** The parts of a report, each with a title and its lines; the ones to look at first come first. */
function sections({ changes, violations, errors, cost }: Summary): { title: string; lines: string[] }[] {
  const of = (op: Change["op"]) => changes.filter((change) => change.op === op);
  const line = ({ what, keys, isProtected }: Change) =>
    `${what}${keys.length === 0 ? "" : ` (${keys.join(", ")})`}${isProtected ? ", protected: it would be refused" : ""}`;
  const all: { title: string; lines: string[] }[] = [
    { title: "Policy violations", lines: [...violations] },
    { title: "Errors", lines: [...errors] },
    { title: "Replaced: deleted and made anew", lines: of("replace").map(line) },
    { title: "Deleted", lines: of("delete").map(line) },
    { title: "Updated in place", lines: of("update").map(line) },
    { title: "Created", lines: of("create").map(line) },
    { title: "Cost", lines: costLines(cost) },
  ];
  return all.filter(({ lines }) => lines.length > 0);
}

function costLines({ now, then }: Summary["cost"]): string[] {
  if (then === undefined) return now === undefined ? [] : [`now ${now}`, "then nothing"];
  return now === undefined || now === then ? [then] : [`now ${now}`, `then ${then}`];
}

function headline({ changes, unchanged }: Summary): string {
  const count = (op: Change["op"], verb: string) => {
    const found = changes.filter((change) => change.op === op).length;
    return found === 0 ? [] : [`${found} to ${verb}`];
  };
  const counts = [
    ...count("replace", "replace"),
    ...count("delete", "delete"),
    ...count("update", "update"),
    ...count("create", "create"),
  ];
  return counts.length === 0 ? "No changes" : `${counts.join(", ")}; ${unchanged} unchanged`;
}

/** The report for a terminal. */
export function asText(summary: Summary): string {
  const parts = sections(summary).map(({ title, lines }) => `${title}:\n${lines.map((one) => `  ${one}`).join("\n")}`);
  return `${[headline(summary), ...parts].join("\n\n")}\n`;
}

/** Longest list that a comment shows open; longer ones are folded. */
const OPEN_LINES = 20;

/** The report for a comment on a pull request. */
export function asMarkdown(stack: string, summary: Summary): string {
  const parts = sections(summary).map(({ title, lines }) => {
    const listed = lines.map((one) => `- ${escaped(one)}`).join("\n");
    const isNews = title !== "Created" && title !== "Updated in place";
    return isNews || lines.length <= OPEN_LINES
      ? `**${title}**\n\n${listed}`
      : `<details><summary>${title}: ${lines.length}</summary>\n\n${listed}\n\n</details>`;
  });
  return `### Preview of \`${stack}\`\n\n${[headline(summary), ...parts].join("\n\n")}\n`;
}

/** Names come from the configuration of a pull request: they are shown, and start nothing. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>@#|]/g, (character) => `\\${character}`);
}
