import { setTimeout as delay } from "node:timers/promises";

import * as k8s from "@kubernetes/client-node";

import { readKubeconfig } from "../kubeconfig";

/** Pause before a broken watch is opened again. */
const RECONNECT_MS = 500;
/** Pause before a failed write is tried again. */
const RETRY_MS = 1000;

/** All objects of one kind, kept up to date once the cache has been started. */
export interface Cache<T> {
  /** Watches the kind; returns when the first list has arrived. `changed` gets each new, changed or deleted object. */
  start(changed: (object: T, gone: boolean) => void): Promise<void>;
  /** One object by its name. */
  get(name: string, namespace?: string): T | undefined;
  /** All objects; none before the start. */
  list(): T[];
}

/** The kind, reason and message of an Event. */
export type EventFacts = Required<Pick<k8s.CoreV1Event, "reason" | "message">> & { type: "Normal" | "Warning" };

/** The agent's connection to the API server: what it watches and what it writes. */
export class Cluster {
  readonly config: k8s.KubeConfig;
  readonly core: k8s.CoreV1Api;
  private readonly informers: { stop(): Promise<void> }[] = [];
  private stopped = false;
  private readonly reported = new Map<string, string>();

  /** @param kubeconfig path of an administrator's kubeconfig */
  constructor(
    kubeconfig: string,
    private readonly log: (line: string) => void,
  ) {
    this.config = readKubeconfig(kubeconfig);
    this.core = this.config.makeApiClient(k8s.CoreV1Api);
  }

  /** The address that the API server listens on. */
  get server(): { host: string; port: number } {
    const url = new URL(this.config.getCurrentCluster()?.server ?? "");
    return { host: url.hostname, port: Number(url.port || 443) };
  }

  /** A cache of all objects of one kind, which has yet to be started. */
  cache<T extends k8s.KubernetesObject>(path: string, list: () => Promise<k8s.KubernetesListObject<T>>): Cache<T> {
    const informer = k8s.makeInformer<T>(this.config, path, list);
    return {
      get: (name, namespace) => informer.get(name, namespace),
      list: () => [...informer.list()],
      start: async (changed) => {
        this.informers.push(informer);
        informer.on("add", (object) => changed(object, false));
        informer.on("update", (object) => changed(object, false));
        informer.on("delete", (object) => changed(object, true));
        await new Promise<void>((resolve) => {
          let failed = false;
          informer.on("error", (error: unknown) => {
            failed = true;
            if (this.stopped) return resolve();
            if (!isReset(error)) this.log(`watch of ${path}: ${messageOf(error)}`);
            setTimeout(() => void (this.stopped ? resolve() : informer.start().then(resolve)), RECONNECT_MS);
          });
          void informer.start().then(() => (failed ? undefined : resolve()));
        });
      },
    };
  }

  /** Writes a pod's status. */
  async writePodStatus({ metadata }: k8s.V1Pod, status: k8s.V1PodStatus): Promise<void> {
    const { namespace = "", name = "", uid } = metadata ?? {};
    // The patch merges conditions, so a reason that no longer holds must be set to null.
    const conditions = status.conditions?.map((condition) => ({ reason: null, message: null, ...condition }));
    await this.core.patchNamespacedPodStatus(
      { namespace, name, body: { metadata: { uid }, status: { ...status, conditions } } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.StrategicMergePatch),
    );
  }

  /** Adds annotations to a pod. */
  async annotatePod({ metadata }: k8s.V1Pod, annotations: Record<string, string>): Promise<void> {
    const { namespace = "", name = "" } = metadata ?? {};
    await this.core.patchNamespacedPod(
      { namespace, name, body: { metadata: { annotations } } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
  }

  /** Writes a Service's status. */
  async writeServiceStatus({ metadata }: k8s.V1Service, status: k8s.V1ServiceStatus): Promise<void> {
    const { namespace = "", name = "" } = metadata ?? {};
    await this.core.patchNamespacedServiceStatus(
      { namespace, name, body: { status } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
  }

  /** Deletes a pod that has ended from the API, as the kubelet does when its last process is gone. */
  async removePod({ metadata }: k8s.V1Pod): Promise<void> {
    const { namespace = "", name = "", uid } = metadata ?? {};
    await this.core.deleteNamespacedPod({ namespace, name, body: { gracePeriodSeconds: 0, preconditions: { uid } } });
  }

  /**
   * Makes a request until it succeeds.
   *
   * @param label what the request is about, for the log
   * @param over HTTP statuses that make the request pointless
   * @param wanted whether to try (again)
   */
  async retry(label: string, over: number[], wanted: () => boolean, request: () => Promise<void>): Promise<void> {
    while (wanted()) {
      try {
        return await request();
      } catch (error) {
        if (over.includes(statusOf(error) ?? 0)) return;
        this.log(`${label}: ${messageOf(error)}`);
        await delay(RETRY_MS);
      }
    }
  }

  /** Reports an Event about an object. The same Event is not repeated until another one is reported. */
  report(object: k8s.V1Pod | k8s.V1Service, kind: "Pod" | "Service", { type, reason, message }: EventFacts): void {
    const { name = "", namespace = "", uid = "" } = object.metadata ?? {};
    if (this.reported.get(uid) === reason + message) return;
    this.reported.set(uid, reason + message);
    const now = new Date();
    const event: k8s.CoreV1Event = {
      metadata: { generateName: `${name}.`, namespace },
      involvedObject: { apiVersion: "v1", kind, name, namespace, uid },
      type,
      reason,
      message,
      source: { component: "llmd-node-agent" },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    // Only people read Events, so nothing else depends on this write.
    this.core.createNamespacedEvent({ namespace, body: event }).catch(() => undefined);
  }

  /** Forgets which Event was last reported about an object. */
  forget(uid: string): void {
    this.reported.delete(uid);
  }

  /** Stops all watches. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.informers.map((informer) => informer.stop()));
  }
}

/** The HTTP status of a refused request; undefined for any other error. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof k8s.ApiException ? error.code : undefined;
}

/** A short text for any error. Of an API error it is the message only, never the body or headers. */
export function messageOf(error: unknown): string {
  if (error instanceof k8s.ApiException) {
    const body: unknown = error.body;
    const message = typeof body === "object" && body !== null && "message" in body ? body.message : undefined;
    return `HTTP ${error.code}${typeof message === "string" ? `: ${message}` : ""}`;
  }
  return error instanceof Error ? error.message : String(error);
}

function isReset(error: unknown): boolean {
  return /ECONNRESET|aborted|Premature close/.test(messageOf(error));
}
