import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";

/** How to start a program of the control plane. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory; etcd's Unix sockets are relative to it. */
  readonly cwd: string;
  readonly logFile: string;
}

/** A process in the output of `make local-status`. */
export interface ProcessStatus {
  readonly name: string;
  readonly pid?: number;
  /** Start time, ISO 8601. */
  readonly since?: string;
  readonly restarts: number;
  /** How it ended the last time, unless it was stopped. */
  readonly lastExit?: string;
  readonly logFile: string;
}

const FIRST_BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 15_000;
/** After running this long, the next crash gets the first back-off again. */
const HEALTHY_AFTER_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/** A long-running process with a log file. It is restarted with back-off when it ends. */
export class ManagedProcess {
  private child?: ChildProcess;
  private startedAt?: Date;
  private restarts = 0;
  private lastExit?: string;
  private backOffMs = FIRST_BACK_OFF_MS;
  private timer?: NodeJS.Timeout;
  private stopping = false;

  constructor(
    readonly spec: ProcessSpec,
    private readonly report: (line: string) => void,
  ) {}

  start(): void {
    const log = fs.openSync(this.spec.logFile, "a", 0o600);
    const child = spawn(this.spec.command, this.spec.args, {
      cwd: this.spec.cwd,
      env: { PATH: process.env.PATH ?? "", HOME: this.spec.cwd, ...this.spec.env },
      stdio: ["ignore", log, log],
    });
    fs.closeSync(log);
    this.child = child;
    this.startedAt = new Date();
    // A program that cannot start emits only "error". One that ends emits only "exit".
    child.once("error", (error) => this.ended(child, error.message));
    child.once("exit", (code, signal) => this.ended(child, signal === null ? `exit code ${code}` : `signal ${signal}`));
  }

  private ended(child: ChildProcess, how: string): void {
    if (this.child !== child) return;
    this.child = undefined;
    if (this.stopping) return;
    this.lastExit = `${how} at ${new Date().toISOString()}`;
    const lived = Date.now() - (this.startedAt?.getTime() ?? 0);
    if (lived > HEALTHY_AFTER_MS) this.backOffMs = FIRST_BACK_OFF_MS;
    this.report(
      `${this.spec.name} ended by itself (${how}); starting it again in ${this.backOffMs} ms. Log: ${this.spec.logFile}`,
    );
    this.timer = setTimeout(() => {
      this.restarts++;
      this.start();
    }, this.backOffMs);
    this.backOffMs = Math.min(this.backOffMs * 2, LONGEST_BACK_OFF_MS);
  }

  status(): ProcessStatus {
    return {
      name: this.spec.name,
      pid: this.child?.pid,
      since: this.child === undefined ? undefined : this.startedAt?.toISOString(),
      restarts: this.restarts,
      lastExit: this.lastExit,
      logFile: this.spec.logFile,
    };
  }

  /** Sends SIGTERM, and SIGKILL after a timeout. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    const child = this.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }
}
