/** Runs one pod from its binding to a node until nothing of it is left: the kubelet's part for that pod. */
import * as fs from "node:fs";
import * as path from "node:path";

import type { V1Container, V1Pod } from "@kubernetes/client-node";

import { type Cluster, messageOf, type Occurrence, statusOf } from "./cluster";
import { ContainerRun } from "./containerRun";
import { ContainerConfigError } from "./environment";
import type { ImageProgram } from "./images";
import { backOff, finalPhase, firstView, type PodView, startsAgain, type Terminated, terminatedOf } from "./podStatus";
import { appendLine, type ProcessExit, tailOf } from "./runtime";
import { prepareSandbox, type SandboxSettings, terminationLog } from "./sandboxSpec";
import { SecurityContextError } from "./securityContext";
import { StatusWriter } from "./statusWriter";
import { RefusedArguments } from "./vllmArguments";
import { PodVolumes, VolumeError, type VolumeSources } from "./volumes";

/** Times of the agent that differ from a kubelet's, because it all happens on one machine. */
export interface WorkerTimes {
  /** First wait before a container is started again. */
  backOffBaseMs: number;
  /** Longest wait. */
  backOffMaxMs: number;
  /** Most seconds between SIGTERM and SIGKILL, whatever the pod asks for. */
  gracePeriodCapSeconds: number;
}

/** What a worker works with. */
export interface WorkerTools extends SandboxSettings {
  cluster: Cluster;
  sources: Omit<VolumeSources, "podIP">;
  podIP: string;
  program: ImageProgram;
  /** Folder of this pod's files. */
  folder: string;
  logFile: string;
  times: WorkerTimes;
  log(line: string): void;
  /** Nothing of the pod is left. */
  finished(): void;
}

/** Pause before what is missing is looked for again. */
const RETRY_MS = 1000;
/** A container that ran this long starts from the first wait again (kubelet: 10 minutes). */
const BACK_OFF_RESET_MS = 600_000;
/** Most of a log's end, and of a termination message, that a status tells (the kubelet's numbers). */
const LOG_BYTES = 2048;
const MESSAGE_BYTES = 4096;

/** The life of one pod. */
export class PodWorker {
  readonly uid: string;
  readonly label: string;
  view: PodView;
  run: ContainerRun | undefined;
  private readonly volumes: PodVolumes;
  private readonly stopping = new AbortController();
  private readonly status: StatusWriter;
  private restartsInARow = 0;
  private gone = false;
  private leaving = false;
  private wake: (() => void) | undefined;
  private writing: Promise<void> = Promise.resolve();
  /** A refresh waits that has not looked at anything yet. */
  private refreshing = false;

  constructor(
    private pod: V1Pod,
    private readonly tools: WorkerTools,
  ) {
    this.uid = pod.metadata?.uid ?? "";
    this.label = `${pod.metadata?.namespace}/${pod.metadata?.name}`;
    this.volumes = new PodVolumes(path.join(tools.folder, "volumes"), { ...tools.sources, podIP: tools.podIP });
    this.status = new StatusWriter(tools.cluster, tools.log);
    this.view = firstView(pod, tools.podIP, tools.sources.hostIP, new Date());
  }

  get container(): V1Container {
    return this.pod.spec?.containers[0] ?? { name: "" };
  }

  /** Returns when nothing of the pod is left. */
  async work(): Promise<void> {
    try {
      fs.mkdirSync(path.join(this.tools.folder, "root"), { recursive: true, mode: 0o700 });
      this.status.publish(this.pod, this.view);
      if (this.view.phase === "Pending" || this.view.phase === "Running") await this.keepRunning();
      await this.untilStopped();
      await this.remove();
    } catch (error) {
      this.tools.log(`pod ${this.label}: ${error instanceof Error ? error.stack : String(error)}`);
    } finally {
      this.tools.finished();
    }
  }

  /** Takes the pod as it is now in the API. */
  update(pod: V1Pod): void {
    this.pod = pod;
    if (pod.metadata?.deletionTimestamp === undefined) return;
    const asked = pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
    this.stop(Math.min(asked, this.tools.times.gracePeriodCapSeconds));
  }

  /** The agent ends: the process is asked to end, and the pod stays in the API as it is. */
  async leave(graceSeconds: number): Promise<void> {
    this.gone = true;
    this.leaving = true;
    this.status.stop();
    this.stopping.abort();
    this.run?.end(graceSeconds);
    this.wake?.();
    await this.run?.exit;
  }

  /** The pod is no longer in the API: its process goes at once. */
  drop(): void {
    this.gone = true;
    this.status.stop();
    this.stopping.abort();
    this.run?.kill();
    this.wake?.();
  }

  /** Something that the pod may refer to has changed. */
  async refresh(): Promise<void> {
    this.wake?.();
    if (this.run === undefined || this.refreshing || this.stopping.signal.aborted) return;
    this.refreshing = true;
    // Where it fails the files stay as they are, as with the kubelet.
    await this.writeVolumes().catch((error: unknown) => this.reportVolume(error));
  }

  stop(graceSeconds: number): void {
    if (!this.stopping.signal.aborted) this.report("Normal", "Killing", `Stopping container ${this.container.name}`);
    this.stopping.abort();
    this.run?.end(graceSeconds);
    this.wake?.();
  }

  private async keepRunning(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const exit = await this.runOnce();
      if (exit === undefined) {
        await this.pause(RETRY_MS);
        continue;
      }
      const terminated = terminatedOf(
        this.container,
        exit,
        tailOf(this.tools.logFile, LOG_BYTES),
        tailOf(terminationLog(this.tools.folder), MESSAGE_BYTES),
      );
      if (terminated.reason === "StartError") this.report("Warning", "Failed", `Error: ${terminated.message}`);
      if (this.stopping.signal.aborted || !startsAgain(this.pod.spec?.restartPolicy, exit.exitCode)) {
        const phase = finalPhase(exit.exitCode);
        return this.set({ phase, state: { terminated }, ready: false, started: false });
      }
      await this.backOffAfter(terminated, exit);
    }
  }

  private async backOffAfter(terminated: Terminated, exit: ProcessExit): Promise<void> {
    const { backOffBaseMs, backOffMaxMs } = this.tools.times;
    if (exit.finishedAt.getTime() - exit.startedAt.getTime() >= BACK_OFF_RESET_MS) this.restartsInARow = 0;
    const wait = backOff(this.restartsInARow++, backOffBaseMs, backOffMaxMs);
    this.tools.log(
      `pod ${this.label}: ${this.tools.program.name} ended with exit code ${exit.exitCode}, starts again in ` +
        `${wait / 1000} s (log: ${this.tools.logFile})`,
    );
    const reason = "CrashLoopBackOff";
    const message = `back-off ${wait / 1000}s restarting failed container=${this.container.name} pod=${this.label}`;
    this.set({
      state: { waiting: { reason, message } },
      lastTerminated: terminated,
      ready: false,
      started: false,
    });
    this.report(
      "Warning",
      "BackOff",
      `Back-off restarting failed container ${this.container.name} in pod ${this.label}`,
    );
    await this.pause(wait, false);
    if (!this.stopping.signal.aborted) this.set({ restarts: this.view.restarts + 1 });
  }

  /** Runs the container until it ends; undefined where it cannot be started yet. */
  private async runOnce(): Promise<ProcessExit | undefined> {
    const { cluster, sources, podIP, logFile, program } = this.tools;
    const refused = (error: unknown): ProcessExit => {
      const at = new Date();
      appendLine(logFile, messageOf(error));
      return { exitCode: error instanceof RefusedArguments ? error.exitCode : 1, startedAt: at, finishedAt: at };
    };
    try {
      await this.writeVolumes();
      const spec = prepareSandbox(this.pod, this.container, program, this.volumes, { ...sources, podIP }, this.tools);
      if (this.stopping.signal.aborted) return undefined;
      const grace = this.pod.spec?.terminationGracePeriodSeconds ?? 30;
      this.run = new ContainerRun(
        this.tools.toolchain.bin("pod-sandbox"),
        spec,
        logFile,
        this.container,
        podIP,
        Math.min(grace, this.tools.times.gracePeriodCapSeconds),
        {
          changed: (started, ready) => this.set({ started, ready }),
          unhealthy: (probe, message) => this.report("Warning", "Unhealthy", `${probe} probe failed: ${message}`),
        },
      );
    } catch (error) {
      if (error instanceof RefusedArguments) return refused(error);
      this.cannotStart(error);
      return undefined;
    }
    const { process, state, exit } = this.run;
    this.report(
      "Normal",
      "Started",
      `Started container ${this.container.name} (${program.name}, process ${process.pid})`,
    );
    this.set({ phase: "Running", state: { running: { startedAt: process.startedAt } }, ...state });
    const ended = await exit;
    this.run = undefined;
    cluster.forget(this.uid);
    return ended;
  }

  /** One at a time: two of them in one folder would undo each other. */
  private writeVolumes(): Promise<void> {
    const write = async (): Promise<void> => {
      this.refreshing = false;
      if (!this.stopping.signal.aborted) await this.volumes.write(this.pod);
    };
    this.writing = this.writing.then(write, write);
    return this.writing;
  }

  private cannotStart(error: unknown): void {
    if (error instanceof ContainerConfigError || error instanceof SecurityContextError) {
      const message = error.message;
      this.set({ state: { waiting: { reason: "CreateContainerConfigError", message } } });
      this.report("Warning", "Failed", `Error: ${message}`);
      return;
    }
    this.set({ state: { waiting: { reason: "ContainerCreating" } } });
    this.reportVolume(error);
  }

  private reportVolume(error: unknown): void {
    if (this.stopping.signal.aborted) return;
    if (!(error instanceof VolumeError)) this.tools.log(`pod ${this.label}: ${messageOf(error)}`);
    this.report("Warning", "FailedMount", messageOf(error));
  }

  private async untilStopped(): Promise<void> {
    while (!this.stopping.signal.aborted) await this.pause(24 * 3600 * 1000);
  }

  /** Takes the pod out of the API, once its end is written there. */
  private async remove(): Promise<void> {
    await this.status.settled();
    await this.writing.catch(() => undefined);
    if (!this.leaving) fs.rmSync(this.tools.folder, { recursive: true, force: true });
    const { namespace = "", name = "" } = this.pod.metadata ?? {};
    while (!this.gone) {
      try {
        await this.tools.cluster.removePod(namespace, name, this.uid);
        return;
      } catch (error) {
        if (statusOf(error) === 404 || statusOf(error) === 409) return;
        this.tools.log(`pod ${this.label}: ${messageOf(error)}`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  private set(part: Partial<PodView>): void {
    this.view = { ...this.view, ...part };
    this.status.publish(this.pod, this.view);
  }

  private report(type: Occurrence["type"], reason: string, message: string): void {
    this.tools.cluster.report(this.pod, "Pod", { type, reason, message });
  }

  /** Waits, at most until the pod is stopped or (if early) something that it may be waiting for changes. */
  private async pause(milliseconds: number, early = true): Promise<void> {
    if (this.stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        if (!early && !this.stopping.signal.aborted) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}
