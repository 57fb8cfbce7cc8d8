import * as fs from "node:fs";
import * as path from "node:path";

import type { V1Container, V1ContainerStatus, V1Pod } from "@kubernetes/client-node";

import { type EventFacts, messageOf } from "./cluster";
import type { Grace } from "./containerRun";
import { ContainerWorker, graceOf, type PodOfContainers, type WorkerTools } from "./containerWorker";
import { type ImageProgram, programOf } from "./images";
import { PodNetwork } from "./podNetwork";
import { finalPhase, firstView, phaseOf, type PodView } from "./podStatus";
import type { SandboxSpec } from "./runtime";
import { prepareSandbox } from "./sandboxSpec";
import { StatusWriter } from "./statusWriter";
import { PodVolumes, VolumeError, type VolumeSources } from "./volumes";

/** Runs one pod from its binding to a node until its processes and files are gone: the kubelet's part for this pod. */
export class PodWorker implements PodOfContainers {
  readonly label: string;
  /** The pod's init containers in their order, and then its containers. */
  readonly workers: readonly ContainerWorker[];
  private readonly init: readonly ContainerWorker[];
  private readonly containers: readonly ContainerWorker[];
  private known: PodView;
  private readonly sources: VolumeSources;
  private readonly volumes: PodVolumes;
  private readonly network: PodNetwork;
  private readonly stopped = new AbortController();
  private readonly writer: StatusWriter;
  private gone = false;
  private leaving = false;
  /** One callback for each pause, called when something has changed. */
  private readonly waiting = new Set<() => void>();
  private writing: Promise<void> = Promise.resolve();
  /** Whether a refresh is queued that has not read anything yet. */
  private refreshing = false;

  constructor(
    public pod: V1Pod,
    readonly tools: WorkerTools,
  ) {
    this.label = `${pod.metadata?.namespace}/${pod.metadata?.name}`;
    this.sources = { ...tools.sources, podIP: tools.podIP };
    this.volumes = new PodVolumes(path.join(tools.folder, "volumes"), this.sources);
    this.writer = new StatusWriter(tools.cluster, tools.log);
    this.known = firstView(pod, tools.podIP, tools.sources.hostIP, new Date());
    this.network = new PodNetwork(tools, tools.podIP, () => this.networkLost());
    this.init = this.workersOf(pod.spec?.initContainers, this.known.init);
    this.containers = this.workersOf(pod.spec?.containers, this.known.containers);
    this.workers = [...this.init, ...this.containers];
  }

  /** What the pod's status reports. */
  get view(): PodView {
    const statuses = (workers: readonly ContainerWorker[]): V1ContainerStatus[] => workers.map(({ status }) => status);
    return { ...this.known, init: statuses(this.init), containers: statuses(this.containers) };
  }

  /** Aborted when the pod ends. */
  get stopping(): AbortSignal {
    return this.stopped.signal;
  }

  /** Runs the pod; returns when its processes and files are gone. */
  async work(): Promise<void> {
    try {
      fs.mkdirSync(path.join(this.tools.folder, "root"), { recursive: true, mode: 0o700 });
      this.publish();
      if (["Pending", "Running"].includes(phaseOf(this.pod, this.view))) {
        await this.runContainers();
        await this.network.end();
        this.known = { ...this.view, over: finalPhase(this.view) };
        this.publish();
      }
      while (!this.stopping.aborted) await this.pause(24 * 3600 * 1000);
      await this.remove();
    } catch (error) {
      this.tools.log(`pod ${this.label}: ${error instanceof Error ? error.stack : String(error)}`);
    } finally {
      this.tools.finished();
    }
  }

  /** Takes over the pod's current state in the API. */
  update(pod: V1Pod): void {
    this.pod = pod;
    const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata ?? {};
    if (deletionTimestamp === undefined) return;
    const seconds = deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds;
    this.stop(graceOf(seconds, this.tools.times));
  }

  /** Ends the processes because the agent ends. The pod stays in the API as it is. */
  async leave(graceSeconds: number): Promise<void> {
    this.gone = true;
    this.leaving = true;
    this.writer.stop();
    this.endContainers({ hookSeconds: 0, seconds: graceSeconds });
    await Promise.all(this.workers.map((worker) => worker.run?.exit));
    await this.network.end();
  }

  /** Kills the processes at once, because the pod is no longer in the API. */
  drop(): void {
    this.gone = true;
    this.writer.stop();
    this.stopped.abort();
    for (const worker of this.workers) worker.run?.kill();
    this.wake();
  }

  /** Updates the pod's files after a change of something that the pod may refer to. */
  async refresh(): Promise<void> {
    this.wake();
    const runs = this.workers.some((worker) => worker.run !== undefined);
    if (!runs || this.refreshing || this.stopping.aborted) return;
    this.refreshing = true;
    // After a failure the files stay as they are, as with the kubelet.
    await this.writeVolumes().catch((error: unknown) => this.reportVolume(error));
  }

  /** Ends the pod's containers. */
  stop(grace: Grace): void {
    if (!this.stopping.aborted) {
      for (const { container, run } of this.workers) {
        if (run !== undefined) this.report("Normal", "Killing", `Stopping container ${container.name}`);
      }
    }
    this.endContainers(grace);
  }

  async prepare(container: V1Container, program: ImageProgram): Promise<SandboxSpec> {
    await this.writeVolumes();
    const connection = this.network.of(this.pod);
    return prepareSandbox(this.pod, container, program, this.volumes, this.sources, this.tools, connection);
  }

  publish(): void {
    this.writer.publish(this.pod, this.view);
  }

  report(type: EventFacts["type"], reason: string, message: string): void {
    this.tools.cluster.report(this.pod, "Pod", { type, reason, message });
  }

  reportVolume(error: unknown): void {
    if (this.stopping.aborted) return;
    if (!(error instanceof VolumeError)) this.tools.log(`pod ${this.label}: ${messageOf(error)}`);
    this.report("Warning", "FailedMount", messageOf(error));
  }

  async pause(milliseconds: number, early = true): Promise<void> {
    if (this.stopping.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiting.delete(changed);
        resolve();
      };
      const changed = (): void => {
        if (early || this.stopping.aborted) done();
      };
      const timer = setTimeout(done, milliseconds);
      this.waiting.add(changed);
    });
  }

  private workersOf(containers: V1Container[] | undefined, statuses: readonly V1ContainerStatus[]): ContainerWorker[] {
    return (containers ?? []).flatMap((container, index) => {
      const [program, status] = [programOf(container.image ?? ""), statuses[index]];
      return program === undefined || status === undefined
        ? []
        : [new ContainerWorker(container, program, status, this)];
    });
  }

  /** Runs the init containers one after another. When all have ended with exit code 0, it runs the containers. */
  private async runContainers(): Promise<void> {
    for (const worker of this.init) {
      if (!(await worker.keepRunning(true))) return;
    }
    await Promise.all(this.containers.map((worker) => worker.keepRunning()));
  }

  private endContainers(grace: Grace): void {
    this.stopped.abort();
    for (const worker of this.workers) worker.end(grace);
    this.wake();
  }

  /** Kills the containers, which are useless without their network. Each starts again in a new network. */
  private networkLost(): void {
    if (this.stopping.aborted) return;
    this.tools.log(`pod ${this.label}: its network is gone, its containers start again`);
    for (const worker of this.workers) worker.run?.kill();
  }

  /** Writes the volumes, one write at a time, because two writes in one folder would undo each other. */
  private writeVolumes(): Promise<void> {
    const write = async (): Promise<void> => {
      this.refreshing = false;
      if (!this.stopping.aborted) await this.volumes.write(this.pod);
    };
    this.writing = this.writing.then(write, write);
    return this.writing;
  }

  /** Deletes the pod from the API, once its final status is written there. */
  private async remove(): Promise<void> {
    const { cluster, folder } = this.tools;
    await this.writer.settled();
    await this.writing.catch(() => undefined);
    if (!this.leaving) fs.rmSync(folder, { recursive: true, force: true });
    const { pod } = this;
    await cluster.retry(
      `pod ${this.label}`,
      [404, 409],
      () => !this.gone,
      () => cluster.removePod(pod),
    );
  }

  private wake(): void {
    for (const changed of [...this.waiting]) changed();
  }
}
