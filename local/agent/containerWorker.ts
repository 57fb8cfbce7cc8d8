/** Runs one container of a pod, again and again as the pod's restart policy says: the kubelet's part for that container. */
import type { V1Container, V1Pod } from "@kubernetes/client-node";

import { messageOf, type Occurrence } from "./cluster";
import { ContainerRun, type Grace } from "./containerRun";
import { ContainerConfigError } from "./environment";
import type { ImageProgram } from "./images";
import { backOff, type ContainerView, initPolicy, startsAgain, type Terminated, terminatedOf } from "./podStatus";
import { appendLine, type ProcessExit, type SandboxSpec, tailOf } from "./runtime";
import { SecurityContextError } from "./securityContext";
import { RefusedArguments } from "./vllmArguments";

/** Times of the agent that differ from a kubelet's, because it all happens on one machine. */
export interface WorkerTimes {
  /** First wait before a container is started again. */
  backOffBaseMs: number;
  /** Longest wait. */
  backOffMaxMs: number;
  /** Most seconds between SIGTERM and SIGKILL, whatever the pod asks for; a preStop hook has all that the pod asks for. */
  gracePeriodCapSeconds: number;
}

/** What a container has from its pod. */
export interface ContainerHost {
  /** `namespace/name` of the pod. */
  readonly label: string;
  /** Aborted when the pod is to end. */
  readonly stopping: AbortSignal;
  readonly times: WorkerTimes;
  readonly podIP: string;
  /** Path of pod-sandbox. */
  readonly sandbox: string;
  /** Where the container leaves its termination message, on this machine. */
  terminationLog(container: V1Container): string;
  /** The pod as it is now. */
  pod(): V1Pod;
  /** Makes ready what the container needs, and says how to start it; throws what keeps it from being started. */
  prepare(container: V1Container, program: ImageProgram): Promise<SandboxSpec>;
  /** Seconds that the container's image is to take until it is there: pulls and loading that nothing does here. */
  pullSeconds(container: V1Container): number;
  /** The container's view has changed. */
  changed(): void;
  report(type: Occurrence["type"], reason: string, message: string): void;
  /** A volume is missing or cannot be made. */
  reportVolume(error: unknown): void;
  /** A run has ended: what was reported of it may be reported again. */
  forget(): void;
  /** Waits until the pod is stopped or, where `early`, something that it may be waiting for has changed. */
  pause(milliseconds: number, early?: boolean): Promise<void>;
  log(line: string): void;
}

/** Pause before what is missing is looked for again. */
const RETRY_MS = 1000;
/** A container that ran this long starts from the first wait again (kubelet: 10 minutes). */
const BACK_OFF_RESET_MS = 600_000;
/** Most of a log's end, and of a termination message, that a status tells (the kubelet's numbers). */
const LOG_BYTES = 2048;
const MESSAGE_BYTES = 4096;

/** One container of a pod. */
export class ContainerWorker {
  run: ContainerRun | undefined;
  private restartsInARow = 0;

  constructor(
    readonly container: V1Container,
    readonly program: ImageProgram,
    readonly logFile: string,
    public view: ContainerView,
    private readonly host: ContainerHost,
  ) {}

  /**
   * Runs the container until it is not to be started again, or the pod is stopped.
   *
   * @param init it has to end well before the pod goes on, and is then neither run again nor probed
   * @returns whether its last run ended with exit code 0
   */
  async keepRunning(init = false): Promise<boolean> {
    const { stopping } = this.host;
    const { restartPolicy } = this.host.pod().spec ?? {};
    const policy = init ? initPolicy(restartPolicy) : restartPolicy;
    // It has ended for good under an agent before this one.
    if ("terminated" in this.view.state) return this.view.state.terminated.exitCode === 0;
    if ("waiting" in this.view.state) await this.pull();
    while (!stopping.aborted) {
      const exit = await this.runOnce();
      if (exit === undefined) {
        await this.host.pause(RETRY_MS);
        continue;
      }
      const terminated = terminatedOf(
        this.container,
        exit,
        tailOf(this.logFile, LOG_BYTES),
        tailOf(this.host.terminationLog(this.container), MESSAGE_BYTES),
      );
      if (terminated.reason === "StartError") this.host.report("Warning", "Failed", `Error: ${terminated.message}`);
      const ended = exit.exitCode === 0;
      if (stopping.aborted || !startsAgain(policy, exit.exitCode)) {
        this.set({ state: { terminated }, ready: init && ended, started: false });
        return ended;
      }
      await this.backOffAfter(terminated, exit);
    }
    return false;
  }

  /** Its preStop hook, SIGTERM, and SIGKILL when the grace period is over. */
  end(grace: Grace): void {
    this.run?.end(grace);
  }

  /** Takes as long as somebody said that the image takes, with the events of a pull. */
  private async pull(): Promise<void> {
    const { host, container } = this;
    const seconds = host.pullSeconds(container);
    if (seconds <= 0) return;
    this.set({ state: { waiting: { reason: "ContainerCreating" } } });
    host.report("Normal", "Pulling", `Pulling image "${container.image}" (played: ${seconds} s)`);
    await host.pause(seconds * 1000, false);
  }

  private async backOffAfter(terminated: Terminated, exit: ProcessExit): Promise<void> {
    const { label, times, log } = this.host;
    if (exit.finishedAt.getTime() - exit.startedAt.getTime() >= BACK_OFF_RESET_MS) this.restartsInARow = 0;
    const wait = backOff(this.restartsInARow++, times.backOffBaseMs, times.backOffMaxMs);
    const { name } = this.container;
    log(
      `pod ${label}: ${this.program.name} ended with exit code ${exit.exitCode}, starts again in ` +
        `${wait / 1000} s (log: ${this.logFile})`,
    );
    const message = `back-off ${wait / 1000}s restarting failed container=${name} pod=${label}`;
    this.set({
      state: { waiting: { reason: "CrashLoopBackOff", message } },
      lastTerminated: terminated,
      ready: false,
      started: false,
    });
    this.host.report("Warning", "BackOff", `Back-off restarting failed container ${name} in pod ${label}`);
    await this.host.pause(wait, false);
    if (!this.host.stopping.aborted) this.set({ restarts: this.view.restarts + 1 });
  }

  /** Runs the container until it ends; undefined where it cannot be started yet. */
  private async runOnce(): Promise<ProcessExit | undefined> {
    const { host, logFile, program, container } = this;
    try {
      const spec = await host.prepare(container, program);
      if (host.stopping.aborted) return undefined;
      const hookSeconds = host.pod().spec?.terminationGracePeriodSeconds ?? 30;
      const grace = { hookSeconds, seconds: Math.min(hookSeconds, host.times.gracePeriodCapSeconds) };
      this.run = new ContainerRun(host.sandbox, spec, logFile, container, host.podIP, grace, {
        changed: (started, ready) => this.set({ started, ready }),
        unhealthy: (probe, message) => host.report("Warning", "Unhealthy", `${probe} probe failed: ${message}`),
        hookFailed: (message) => host.report("Warning", "FailedPreStopHook", message),
      });
    } catch (error) {
      if (error instanceof RefusedArguments) {
        const at = new Date();
        appendLine(logFile, messageOf(error));
        return { exitCode: error.exitCode, startedAt: at, finishedAt: at };
      }
      this.cannotStart(error);
      return undefined;
    }
    const { process, state, exit } = this.run;
    host.report("Normal", "Started", `Started container ${container.name} (${program.name}, process ${process.pid})`);
    this.set({ state: { running: { startedAt: process.startedAt } }, ...state });
    const ended = await exit;
    this.run = undefined;
    host.forget();
    return ended;
  }

  private cannotStart(error: unknown): void {
    if (error instanceof ContainerConfigError || error instanceof SecurityContextError) {
      const { message } = error;
      this.set({ state: { waiting: { reason: "CreateContainerConfigError", message } } });
      this.host.report("Warning", "Failed", `Error: ${message}`);
      return;
    }
    this.set({ state: { waiting: { reason: "ContainerCreating" } } });
    this.host.reportVolume(error);
  }

  private set(part: Partial<ContainerView>): void {
    this.view = { ...this.view, ...part };
    this.host.changed();
  }
}
