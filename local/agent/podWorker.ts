/** Runs one pod from its binding to a node until nothing of it is left: the kubelet's part for that pod. */
import * as fs from "node:fs";
import * as path from "node:path";

import type { V1Pod } from "@kubernetes/client-node";

import { type Cluster, messageOf, type Occurrence, statusOf } from "./cluster";
import type { Grace } from "./containerRun";
import { type ContainerHost, ContainerWorker, type WorkerTimes } from "./containerWorker";
import { programOf } from "./images";
import { PodNetwork } from "./podNetwork";
import { type ContainerView, finalPhase, firstView, isReady, phaseOf, type PodView } from "./podStatus";
import { prepareSandbox, type SandboxSettings, terminationLog } from "./sandboxSpec";
import { StatusWriter } from "./statusWriter";
import { PodVolumes, VolumeError, type VolumeSources } from "./volumes";

/** What a worker works with. */
export interface WorkerTools extends SandboxSettings {
  cluster: Cluster;
  sources: Omit<VolumeSources, "podIP">;
  podIP: string;
  /** Folder of this pod's files. */
  folder: string;
  /** Seconds that an image is to take until it is there. */
  pullSeconds(image: string): number;
  /** Path of a container's log. */
  logFile(container: string): string;
  times: WorkerTimes;
  log(line: string): void;
  /** Nothing of the pod is left. */
  finished(): void;
}

/** Pause before a pod that could not be taken out of the API is tried again. */
const RETRY_MS = 1000;

/** The life of one pod. */
export class PodWorker {
  readonly uid: string;
  readonly label: string;
  /** The pod's init containers in their order, and then its containers. */
  readonly workers: readonly ContainerWorker[];
  private readonly init: readonly ContainerWorker[];
  private readonly containers: readonly ContainerWorker[];
  private known: PodView;
  private readonly volumes: PodVolumes;
  private readonly network: PodNetwork;
  private readonly stopping = new AbortController();
  private readonly status: StatusWriter;
  private gone = false;
  private leaving = false;
  /** Those who wait, each to be told that something has changed. */
  private readonly waiting = new Set<() => void>();
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
    this.known = firstView(pod, tools.podIP, tools.sources.hostIP, new Date());
    this.network = new PodNetwork(tools, tools.podIP, () => this.networkLost());
    const host = this.hostOfContainers();
    const workersOf = (
      containers: NonNullable<V1Pod["spec"]>["containers"] | undefined,
      views: PodView["containers"],
    ): ContainerWorker[] =>
      (containers ?? []).flatMap((container) => {
        const [program, view] = [programOf(container.image ?? ""), views[container.name]];
        if (program === undefined || view === undefined) return [];
        return [new ContainerWorker(container, program, tools.logFile(container.name), view, host)];
      });
    this.init = workersOf(pod.spec?.initContainers, this.known.init);
    this.containers = workersOf(pod.spec?.containers, this.known.containers);
    this.workers = [...this.init, ...this.containers];
  }

  /** What the pod's status tells. */
  get view(): PodView {
    const views = (workers: readonly ContainerWorker[]): Record<string, ContainerView> =>
      Object.fromEntries(workers.map((worker) => [worker.container.name, worker.view]));
    return { ...this.known, init: views(this.init), containers: views(this.containers) };
  }

  get ready(): boolean {
    return isReady(this.pod, this.view);
  }

  /** Returns when nothing of the pod is left. */
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
    this.stop({ hookSeconds: asked, seconds: Math.min(asked, this.tools.times.gracePeriodCapSeconds) });
  }

  /** The agent ends: the processes are asked to end, and the pod stays in the API as it is. */
  async leave(graceSeconds: number): Promise<void> {
    this.gone = true;
    this.leaving = true;
    this.status.stop();
    this.stopping.abort();
    for (const worker of this.workers) worker.end({ hookSeconds: 0, seconds: graceSeconds });
    this.wake();
    await Promise.all(this.workers.map((worker) => worker.run?.exit));
    await this.network.end();
  }

  /** The pod is no longer in the API: its processes go at once. */
  drop(): void {
    this.gone = true;
    this.status.stop();
    this.stopping.abort();
    for (const worker of this.workers) worker.run?.kill();
    this.wake();
  }

  /** Something that the pod may refer to has changed. */
  async refresh(): Promise<void> {
    this.wake();
    const runs = this.workers.some((worker) => worker.run !== undefined);
    if (!runs || this.refreshing || this.stopping.signal.aborted) return;
    this.refreshing = true;
    // Where it fails the files stay as they are, as with the kubelet.
    await this.writeVolumes().catch((error: unknown) => this.reportVolume(error));
  }

  stop(grace: Grace): void {
    if (!this.stopping.signal.aborted) {
      for (const { container, run } of this.workers) {
        if (run !== undefined) this.report("Normal", "Killing", `Stopping container ${container.name}`);
      }
    }
    this.stopping.abort();
    for (const worker of this.workers) worker.end(grace);
    this.wake();
  }

  /** Init containers one after the other, and when all of them have ended well, the containers side by side. */
  private async runContainers(): Promise<void> {
    for (const worker of this.init) {
      if (!(await worker.keepRunning(true))) return;
    }
    await Promise.all(this.containers.map((worker) => worker.keepRunning()));
  }

  private hostOfContainers(): ContainerHost {
    const { tools } = this;
    return {
      label: this.label,
      stopping: this.stopping.signal,
      times: tools.times,
      podIP: tools.podIP,
      sandbox: tools.toolchain.bin("pod-sandbox"),
      terminationLog: (container) => terminationLog(container, tools.folder),
      pod: () => this.pod,
      prepare: async (container, program) => {
        await this.writeVolumes();
        const sources = { ...tools.sources, podIP: tools.podIP };
        return prepareSandbox(this.pod, container, program, this.volumes, sources, tools, this.network.of(this.pod));
      },
      pullSeconds: ({ image }) => tools.pullSeconds(image ?? ""),
      changed: () => this.publish(),
      report: (type, reason, message) => this.report(type, reason, message),
      reportVolume: (error) => this.reportVolume(error),
      forget: () => tools.cluster.forget(this.uid),
      pause: (milliseconds, early = true) => this.pause(milliseconds, early),
      log: (line) => tools.log(line),
    };
  }

  /** Without its network no container is of use; each is started again in a new one. */
  private networkLost(): void {
    if (this.stopping.signal.aborted) return;
    this.tools.log(`pod ${this.label}: its network is gone, its containers start again`);
    for (const worker of this.workers) worker.run?.kill();
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

  private publish(): void {
    this.status.publish(this.pod, this.view);
  }

  private wake(): void {
    for (const tell of [...this.waiting]) tell();
  }

  private report(type: Occurrence["type"], reason: string, message: string): void {
    this.tools.cluster.report(this.pod, "Pod", { type, reason, message });
  }

  /** Waits, at most until the pod is stopped or (if early) something that it may be waiting for changes. */
  private async pause(milliseconds: number, early = true): Promise<void> {
    if (this.stopping.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiting.delete(tell);
        resolve();
      };
      const tell = (): void => {
        if (early || this.stopping.signal.aborted) done();
      };
      const timer = setTimeout(done, milliseconds);
      this.waiting.add(tell);
    });
  }
}
