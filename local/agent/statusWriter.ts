/** Writes the status of one pod, one version after the other, and only what differs. */
import type { V1Pod, V1PodStatus } from "@kubernetes/client-node";

import { type Cluster, messageOf, statusOf } from "./cluster";
import { type PodView, podStatus } from "./podStatus";

/** Pause before a status that could not be written is written again. */
const RETRY_MS = 1000;

/** The status of one pod on its way to the API server. */
export class StatusWriter {
  private written: V1PodStatus | undefined;
  private next: { pod: V1Pod; view: PodView } | undefined;
  private writing: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly log: (line: string) => void,
  ) {}

  /** Writes this version as soon as the one before it is written; one that waits is replaced. */
  publish(pod: V1Pod, view: PodView): void {
    this.next = { pod, view };
    this.writing ??= this.write().finally(() => (this.writing = undefined));
  }

  /** Writes nothing any more. */
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
      // The conditions in the API may be older than what was written last.
      const conditions = [...(this.written?.conditions ?? []), ...(pod.status?.conditions ?? [])];
      const status = podStatus({ ...pod, status: { ...pod.status, conditions } }, view, new Date());
      if (JSON.stringify(status) === JSON.stringify(this.written)) continue;
      const { namespace = "", name = "", uid = "" } = pod.metadata ?? {};
      try {
        await this.cluster.writePodStatus(namespace, name, uid, status);
        this.written = status;
      } catch (error) {
        if (statusOf(error) === 404 || statusOf(error) === 409) return;
        this.log(`status of pod ${namespace}/${name}: ${messageOf(error)}`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        this.next ??= { pod, view };
      }
    }
  }
}
