import * as os from "node:os";
import { styleText } from "node:util";
import { formatDuration, formatLeft, type Step, stepSeconds, TimeLeft, workOf } from "./steps";

/** Cores of the machine on which the typical durations were measured. */
const TABLE_CORES = 2;
/** The speed of this machine before it is measured. */
export const INITIAL_SPEED = os.availableParallelism() / TABLE_CORES;
/** How often the live view is drawn, and how often a line is printed without a terminal, in milliseconds. */
const DRAW_INTERVAL = 200;
const LINE_INTERVAL = 30_000;

type Colour = "green" | "cyan" | "red" | "dim" | "bold";
type Paint = (colour: Colour, text: string) => string;

/** The parts of a terminal's stream that this display uses. */
type ProgressStream = Pick<NodeJS.WriteStream, "write"> & { isTTY?: boolean; columns?: number; rows?: number };

/** Shows the progress of the steps: a live view on a terminal, plain lines elsewhere, nothing when quiet. */
export class Progress {
  private readonly startedAt = Date.now();
  private coresStartedAt?: number;
  private timer?: NodeJS.Timeout;
  private drawn = 0;
  private readonly stream: ProgressStream;
  private readonly live: boolean;
  private readonly paint: Paint;
  private readonly timeLeft = new TimeLeft(INITIAL_SPEED);

  /** @param options.preface is printed once, before the steps */
  constructor(
    private readonly steps: readonly Step[],
    private readonly options: { quiet: boolean; stream?: ProgressStream; title: string; preface?: string },
  ) {
    this.stream = options.stream ?? process.stderr;
    this.live = this.stream.isTTY === true && process.env.TERM !== "dumb";
    const plain = process.env.NO_COLOR || !this.live;
    this.paint = plain ? (_, text) => text : styleText;
  }

  start(): void {
    if (this.options.quiet) return;
    if (this.options.preface !== undefined) this.line(this.options.preface);
    if (this.live) {
      this.timer = setInterval(() => this.draw(), DRAW_INTERVAL);
    } else {
      this.line(this.options.title);
      this.timer = setInterval(() => this.line(this.summary(Date.now())), LINE_INTERVAL);
    }
  }

  begin(step: Step): void {
    if (step.state !== "waiting") return;
    step.state = "running";
    step.startedAt = Date.now();
    if (!step.background) this.coresStartedAt ??= step.startedAt;
    if (!this.live) this.line(`${step.name}: ${step.verb}`);
  }

  end(step: Step, state: "done" | "failed"): void {
    if (step.state === "done" || step.state === "failed") return;
    step.state = state;
    step.startedAt ??= Date.now();
    step.finishedAt = Date.now();
    if (!this.live) this.line(`${step.name}: ${state} after ${formatDuration(stepSeconds(step, step.finishedAt))}`);
  }

  /** Ends the display. The last view stays on the screen. */
  stop(): void {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.live) this.draw();
    this.drawn = 0;
  }

  private line(text: string): void {
    if (!this.options.quiet) this.stream.write(`${text}\n`);
  }

  private draw(): void {
    const rows = this.stream.rows ?? 24;
    const columns = this.stream.columns ?? 80;
    const lines = [
      this.paint("bold", clip(this.options.title, columns - 1)),
      ...renderSteps(this.steps, Date.now(), columns, rows - 3, this.paint),
      this.paint("dim", clip(this.summary(Date.now()), columns - 1)),
    ];
    // Moves the cursor to the start of the first line, wherever an echoed key left it, and clears from there on.
    const back = this.drawn === 0 ? "" : `\r\x1b[${this.drawn}A\x1b[J`;
    this.stream.write(`${back}${lines.join("\n")}\n`);
    this.drawn = lines.length;
  }

  /** `4m10s, 5 of 14 ready, about 9 min left: kube-apiserver 310 of 1180 packages`. */
  private summary(now: number): string {
    const ready = this.steps.filter((step) => step.state === "done" || step.state === "cached").length;
    const elapsed = (now - (this.coresStartedAt ?? now)) / 1000;
    const left = this.timeLeft.update(workOf(this.steps), elapsed);
    const running = this.live
      ? []
      : this.steps.filter((step) => step.state === "running").map((step) => `${step.name}${amount(step)}`);
    return [
      `${formatDuration((now - this.startedAt) / 1000)}, ${ready} of ${this.steps.length} ready`,
      ready === this.steps.length ? "" : `, ${formatLeft(left)}`,
      running.length === 0 ? "" : `: ${running.join(", ")}`,
    ].join("");
  }
}

/**
 * The steps as lines that fit the terminal. When it has too few rows, failed and running steps come first, then the
 * waiting ones, and the last line counts the rest.
 */
export function renderSteps(
  steps: readonly Step[],
  now: number,
  columns: number,
  rows: number,
  paint: Paint,
): string[] {
  const width = Math.max(...steps.map((step) => step.name.length));
  const line = (step: Step): string => {
    const [mark, colour, text] = describe(step, now);
    const head = `  ${mark} ${step.name.padEnd(width)}  `;
    return paint(colour, head) + clip(text, Math.max(0, columns - head.length - 1));
  };
  if (steps.length <= rows) return steps.map(line);
  const rank = { failed: 0, running: 1, waiting: 2, done: 3, cached: 4 } as const;
  const byRank = [...steps].sort((a, b) => rank[a.state] - rank[b.state]);
  const shown = new Set(byRank.slice(0, Math.max(1, rows - 1)));
  return [...steps.filter((step) => shown.has(step)).map(line), `    and ${steps.length - shown.size} more`];
}

function describe(step: Step, now: number): [mark: string, colour: Colour, text: string] {
  const took = formatDuration(stepSeconds(step, now));
  switch (step.state) {
    case "waiting":
      return ["·", "dim", "waiting"];
    case "running":
      return ["▸", "cyan", `${step.verb} ${took}${amount(step)}${step.note === "" ? "" : `  ${step.note}`}`];
    case "done":
      return ["✓", "green", `done ${took}`];
    case "cached":
      return ["✓", "green", "cached"];
    case "failed":
      return ["✗", "red", `failed after ${took}`];
  }
}

function amount(step: Step): string {
  if (step.total > 0) return ` ${step.done} of ${step.total} packages`;
  return step.done > 0 ? ` ${step.done}` : "";
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
