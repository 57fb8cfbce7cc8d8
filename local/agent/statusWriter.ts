import { setTimeout as delay } from "node:timers/promises";

import type { V1Pod, V1PodStatus } from "@kubernetes/client-node";

import { type Cluster, messageOf, statusOf } from "./cluster";
import { type PodView, podStatus } from "./podStatus";

/** Pause before a status that could not be written is written again. */
const RETRY_MS = 1000;

/** Writes the status of one pod to the API server: one version after another, and only when something differs. */
export class StatusWriter {
  private written: V1PodStatus | undefined;
  private next: { pod: V1Pod; view: PodView } | undefined;
  private writing: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly log: (line: string) => void,
  ) {}

  /** Writes this version once the previous one is written. It replaces a version that is still waiting. */
  publish(pod: V1Pod, view: PodView): void {
    this.next = { pod, view };
    this.writing ??= this.write().finally(() => (this.writing = undefined));
  }

  /** Writes no further version. */
  stop(): void {
    this.stopped = true;
  }

  /** Returns when everything is written. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private async write(): Promise<void> {
    while (this.next !== undefined && !this.stopped) {
      const { pod, view } = this.next;
      this.next = undefined;
      // The conditions in the API may be older than the last version written.
      const conditions = [...(this.written?.conditions ?? []), ...(pod.status?.conditions ?? [])];
      const status = podStatus({ ...pod, status: { ...pod.status, conditions } }, view, new Date());
      if (JSON.stringify(status) === JSON.stringify(this.written)) continue;
      try {
        await this.cluster.writePodStatus(pod, status);
        this.written = status;
      } catch (error) {
        if (statusOf(error) === 404 || statusOf(error) === 409) return;
        this.log(`status of pod ${pod.metadata?.namespace}/${pod.metadata?.name}: ${messageOf(error)}`);
        await delay(RETRY_MS);
        this.next ??= { pod, view };
      }
    }
  }
}
