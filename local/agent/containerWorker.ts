import type { V1Container, V1ContainerStateTerminated, V1ContainerStatus, V1Pod } from "@kubernetes/client-node";

import { type Cluster, type EventFacts, messageOf } from "./cluster";
import { ContainerRun, type Grace } from "./containerRun";
import { ContainerConfigError } from "./environment";
import type { ImageProgram } from "./images";
import { backOff, initPolicy, startsAgain, terminatedOf } from "./podStatus";
import { appendLine, type ProcessExit, type SandboxSpec, tailOf } from "./runtime";
import { type SandboxSettings, terminationLog } from "./sandboxSpec";
import { RefusedArguments } from "./vllmArguments";
import type { VolumeSources } from "./volumes";

/** Waits and grace periods, which are shorter than a kubelet's because everything is on one machine. */
export interface WorkerTimes {
  /** First wait before a container is started again. */
  backOffBaseMs: number;
  /** Longest wait before a container is started again. */
  backOffMaxMs: number;
  /** Most seconds from SIGTERM to SIGKILL. It does not limit preStop hooks, which have the pod's whole grace period. */
  gracePeriodCapSeconds: number;
}

/** What a pod and its containers work with. */
export interface WorkerTools extends SandboxSettings {
  cluster: Cluster;
  sources: Omit<VolumeSources, "podIP">;
  podIP: string;
  /** Simulated seconds that the pull of an image takes. */
  pullSeconds(image: string): number;
  /** Path of a container's log. */
  logFile(container: string): string;
  times: WorkerTimes;
  log(line: string): void;
  /** Called when all processes and files of the pod are gone. */
  finished(): void;
}

/** What a container uses of its pod. */
export interface PodOfContainers {
  /** `namespace/name` of the pod. */
  readonly label: string;
  /** The pod as it is now in the API. */
  readonly pod: V1Pod;
  readonly tools: WorkerTools;
  /** Aborted when the pod ends. */
  readonly stopping: AbortSignal;
  /**
   * Writes the container's files and puts its specification together.
   *
   * @throws Error when the container cannot be started yet
   */
  prepare(container: V1Container, program: ImageProgram): Promise<SandboxSpec>;
  /** Writes the pod's status. */
  publish(): void;
  /** Reports an Event about the pod. */
  report(type: EventFacts["type"], reason: string, message: string): void;
  /** Reports that a volume is missing or cannot be written. */
  reportVolume(error: unknown): void;
  /** Waits until the time is over, the pod is stopped or, if `early`, something that the pod refers to changes. */
  pause(milliseconds: number, early?: boolean): Promise<void>;
}

/** Pause before a container that could not be started is tried again. */
const RETRY_MS = 1000;
/** After a run of this length the first wait applies again (kubelet: 10 minutes). */
const BACK_OFF_RESET_MS = 600_000;
/** The most that a status contains of a log's end and of a termination message (the kubelet's numbers). */
const LOG_BYTES = 2048;
const MESSAGE_BYTES = 4096;

/** Runs one container of a pod, again and again according to the restart policy. */
export class ContainerWorker {
  /** The current run; undefined while no process exists. */
  run: ContainerRun | undefined;
  private restartsInARow = 0;

  constructor(
    readonly container: V1Container,
    readonly program: ImageProgram,
    public status: V1ContainerStatus,
    private readonly host: PodOfContainers,
  ) {}

  /** Path of the container's log. */
  get logFile(): string {
    return this.host.tools.logFile(this.container.name);
  }

  /**
   * Runs the container until its restart policy ends it, or the pod is stopped.
   *
   * @param init whether it is an init container, which must end with exit code 0 once and is then not run again
   * @returns whether its last run ended with exit code 0
   */
  async keepRunning(init = false): Promise<boolean> {
    const { host } = this;
    const { restartPolicy } = host.pod.spec ?? {};
    const policy = init ? initPolicy(restartPolicy) : restartPolicy;
    const { terminated: endedBefore, waiting } = this.status.state ?? {};
    // It has ended for good under an earlier agent.
    if (endedBefore !== undefined) return endedBefore.exitCode === 0;
    if (waiting !== undefined) await this.pull();
    while (!host.stopping.aborted) {
      const exit = await this.runOnce();
      if (exit === undefined) {
        await host.pause(RETRY_MS);
        continue;
      }
      const message = tailOf(terminationLog(this.container, host.tools.folder), MESSAGE_BYTES);
      const terminated = terminatedOf(this.container, exit, tailOf(this.logFile, LOG_BYTES), message);
      if (terminated.reason === "StartError") host.report("Warning", "Failed", `Error: ${terminated.message}`);
      const succeeded = exit.exitCode === 0;
      if (host.stopping.aborted || !startsAgain(policy, exit.exitCode)) {
        this.set({ state: { terminated }, ready: init && succeeded, started: false });
        return succeeded;
      }
      await this.backOffAfter(terminated, exit);
    }
    return false;
  }

  /** Runs its preStop hook, then sends SIGTERM, and SIGKILL when the grace period is over. */
  end(grace: Grace): void {
    this.run?.end(grace);
  }

  /** Waits as long as the image's pull is configured to take, and reports it as a kubelet does. */
  private async pull(): Promise<void> {
    const { image } = this.container;
    const seconds = this.host.tools.pullSeconds(image ?? "");
    if (seconds <= 0) return;
    this.set({ state: { waiting: { reason: "ContainerCreating" } } });
    this.host.report("Normal", "Pulling", `Pulling image "${image}" (simulated: ${seconds} s)`);
    await this.host.pause(seconds * 1000, false);
  }

  private async backOffAfter(terminated: V1ContainerStateTerminated, exit: ProcessExit): Promise<void> {
    const { label, tools } = this.host;
    const { backOffBaseMs, backOffMaxMs } = tools.times;
    if (exit.finishedAt.getTime() - exit.startedAt.getTime() >= BACK_OFF_RESET_MS) this.restartsInARow = 0;
    const wait = backOff(this.restartsInARow++, backOffBaseMs, backOffMaxMs);
    const { name } = this.container;
    tools.log(
      `pod ${label}: ${this.program.name} ended with exit code ${exit.exitCode}, starts again in ` +
        `${wait / 1000} s (log: ${this.logFile})`,
    );
    const message = `back-off ${wait / 1000}s restarting failed container=${name} pod=${label}`;
    this.set({
      state: { waiting: { reason: "CrashLoopBackOff", message } },
      lastState: { terminated },
      ready: false,
      started: false,
    });
    this.host.report("Warning", "BackOff", `Back-off restarting failed container ${name} in pod ${label}`);
    await this.host.pause(wait, false);
    if (!this.host.stopping.aborted) this.set({ restartCount: this.status.restartCount + 1 });
  }

  /** Runs the container until it ends. @returns undefined when it cannot be started yet */
  private async runOnce(): Promise<ProcessExit | undefined> {
    const { host, logFile, program, container } = this;
    const { tools } = host;
    try {
      const spec = await host.prepare(container, program);
      if (host.stopping.aborted) return undefined;
      this.run = new ContainerRun(container, {
        sandbox: tools.toolchain.bin("pod-sandbox"),
        ...{ spec, logFile, address: tools.podIP },
        grace: graceOf(host.pod.spec?.terminationGracePeriodSeconds, tools.times),
        changed: () => this.set({ started: this.run?.started ?? false, ready: this.run?.ready ?? false }),
        warn: (reason, message) => host.report("Warning", reason, message),
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
    const { process, started, ready, exit } = this.run;
    host.report("Normal", "Started", `Started container ${container.name} (${program.name}, process ${process.pid})`);
    this.set({ state: { running: { startedAt: process.startedAt } }, started, ready });
    const ended = await exit;
    this.run = undefined;
    // The next run may report the same Events again.
    tools.cluster.forget(host.pod.metadata?.uid ?? "");
    return ended;
  }

  private cannotStart(error: unknown): void {
    if (error instanceof ContainerConfigError) {
      const { message } = error;
      this.set({ state: { waiting: { reason: "CreateContainerConfigError", message } } });
      this.host.report("Warning", "Failed", `Error: ${message}`);
      return;
    }
    this.set({ state: { waiting: { reason: "ContainerCreating" } } });
    this.host.reportVolume(error);
  }

  private set(part: Partial<V1ContainerStatus>): void {
    this.status = { ...this.status, ...part };
    this.host.publish();
  }
}

/** The grace that a pod asks for, within the agent's limit. */
export function graceOf(seconds = 30, { gracePeriodCapSeconds }: WorkerTimes): Grace {
  return { hookSeconds: seconds, seconds: Math.min(seconds, gracePeriodCapSeconds) };
}
