import type { EngineEvent } from "@pulumi/pulumi/automation";

const DONE: Readonly<Record<string, string>> = {
  create: "created",
  update: "updated",
  delete: "deleted",
  "create-replacement": "replaced",
  "delete-replaced": "deleted the replaced",
  refresh: "refreshed",
};

/** Writes one line for each resource that changed, with its time. Omits unchanged resources and components. */
export class StackProgress {
  private readonly started = new Map<string, number>();
  private readonly changes = new Map<string, number>();

  constructor(
    private readonly write: (line: string) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** The number of changed resources by operation: `2 created, 1 updated`. Empty when nothing changed. */
  get summary(): string {
    return [...this.changes].map(([what, count]) => `${count} ${what}`).join(", ");
  }

  /** Handles one event of the engine. */
  readonly onEvent = (event: EngineEvent): void => {
    if (event.resourcePreEvent !== undefined) {
      this.started.set(event.resourcePreEvent.metadata.urn, this.now());
    } else if (event.resOutputsEvent !== undefined) {
      const { op, urn, type } = event.resOutputsEvent.metadata;
      const done = DONE[op];
      if (done === undefined || type.startsWith("llmd:") || type === "pulumi:pulumi:Stack") return;
      this.changes.set(done, (this.changes.get(done) ?? 0) + 1);
      // There are dozens of CRDs, so they are only counted.
      if (type.endsWith(":CustomResourceDefinition")) return;
      const seconds = ((this.now() - (this.started.get(urn) ?? this.now())) / 1000).toFixed(1);
      this.write(`  ${done} ${describe(urn, type)} (${seconds} s)`);
    } else if (event.resOpFailedEvent !== undefined) {
      const { urn, type } = event.resOpFailedEvent.metadata;
      this.write(`  FAILED ${describe(urn, type)}`);
    } else if (event.diagnosticEvent !== undefined) {
      const { severity, message, urn } = event.diagnosticEvent;
      if (severity !== "error" && severity !== "warning") return;
      // The engine warns each time that plugins come from PATH, which is on purpose here.
      if (message.includes("$PATH") || message.includes("may be on your path")) return;
      const text = message.replace(/<\{%.*?%\}>/g, "").trim();
      this.write(`  ${severity}: ${urn === undefined || urn === "" ? "" : `${urn.split("::").at(-1)}: `}${text}`);
    }
  };
}

function describe(urn: string, type: string): string {
  return `${type.split(":").at(-1)} ${urn.split("::").at(-1)}`;
}
