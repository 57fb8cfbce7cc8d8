/** The agent's view of the API server: what it watches, and what it writes. */
import * as k8s from "@kubernetes/client-node";

/** Objects of one kind, kept up to date. */
export interface Cache<T> {
  get(name: string, namespace?: string): T | undefined;
  list(): T[];
}

/** Called with an object that is new, changed or gone. */
export type Changed<T> = (object: T, gone: boolean) => void;

/** Pause before a broken watch is opened again. */
const RECONNECT_MS = 500;

/** What the agent reports about a pod or Service. */
export interface Occurrence {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
}

/** Connection to the API server. */
export class Cluster {
  readonly config = new k8s.KubeConfig();
  readonly core: k8s.CoreV1Api;
  private readonly informers: { stop(): Promise<void> }[] = [];
  private stopped = false;
  private readonly reported = new Map<string, string>();

  constructor(
    kubeconfig: string,
    private readonly log: (line: string) => void,
  ) {
    this.config.loadFromFile(kubeconfig);
    this.core = this.config.makeApiClient(k8s.CoreV1Api);
  }

  /** Where the API server really listens. */
  get server(): { host: string; port: number } {
    const url = new URL(this.config.getCurrentCluster()?.server ?? "");
    return { host: url.hostname, port: Number(url.port || 443) };
  }

  /** Keeps all objects of one kind; returns when the first list of them is there. */
  async watch<T extends k8s.KubernetesObject>(
    path: string,
    list: () => Promise<k8s.KubernetesListObject<T>>,
    changed: Changed<T>,
  ): Promise<Cache<T>> {
    const informer = k8s.makeInformer<T>(this.config, path, list);
    informer.on("add", (object) => changed(object, false));
    informer.on("update", (object) => changed(object, false));
    informer.on("delete", (object) => changed(object, true));
    let first = true;
    await new Promise<void>((resolve) => {
      const listed = (): void => {
        if (first) resolve();
        first = false;
      };
      informer.on("error", (error: unknown) => {
        if (this.stopped) return listed();
        if (!isReset(error)) this.log(`watch of ${path}: ${messageOf(error)}`);
        setTimeout(() => void (this.stopped ? listed() : informer.start().then(listed)), RECONNECT_MS);
      });
      let failed = false;
      informer.on("error", () => (failed = true));
      void informer.start().then(() => (failed ? undefined : listed()));
    });
    this.informers.push(informer);
    return { get: (name, namespace) => informer.get(name, namespace), list: () => [...informer.list()] };
  }

  /** Writes a pod's status. */
  async writePodStatus(namespace: string, name: string, uid: string, status: k8s.V1PodStatus): Promise<void> {
    // Conditions are merged: what one no longer says has to be taken away by name.
    const conditions = status.conditions?.map((condition) => ({ reason: null, message: null, ...condition }));
    await this.core.patchNamespacedPodStatus(
      { namespace, name, body: { metadata: { uid }, status: { ...status, conditions } } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.StrategicMergePatch),
    );
  }

  async annotatePod(namespace: string, name: string, annotations: Record<string, string>): Promise<void> {
    await this.core.patchNamespacedPod(
      { namespace, name, body: { metadata: { annotations } } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
  }

  async writeServiceStatus(namespace: string, name: string, status: k8s.V1ServiceStatus): Promise<void> {
    await this.core.patchNamespacedServiceStatus(
      { namespace, name, body: { status } },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
    );
  }

  /** Takes a pod that has ended out of the API, as the kubelet does when nothing of it is left. */
  async removePod(namespace: string, name: string, uid: string): Promise<void> {
    await this.core.deleteNamespacedPod({
      namespace,
      name,
      body: { gracePeriodSeconds: 0, preconditions: { uid } },
    });
  }

  /** Reports an Event about an object, once as long as nothing else happens to it. */
  report(object: k8s.V1Pod | k8s.V1Service, kind: "Pod" | "Service", { type, reason, message }: Occurrence): void {
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
    // An Event is for people: one that cannot be written is no reason to do anything else differently.
    this.core.createNamespacedEvent({ namespace, body: event }).catch(() => undefined);
  }

  /** Forgets an object that is gone. */
  forget(uid: string): void {
    this.reported.delete(uid);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.informers.map((informer) => informer.stop()));
  }
}

/** The HTTP status of a refused request, undefined for any other error. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof k8s.ApiException ? error.code : undefined;
}

/** A short text for any error; an API refusal by its message, never with its body or headers. */
export function messageOf(error: unknown): string {
  if (error instanceof k8s.ApiException) {
    const body: unknown = error.body;
    const message = typeof body === "object" && body !== null && "message" in body ? body.message : undefined;
    return `HTTP ${error.code}${typeof message === "string" ? `: ${message}` : ""}`;
  }
  return error instanceof Error ? error.message : String(error);
}

function isReset(error: unknown): boolean {
  const text = messageOf(error);
  return text.includes("ECONNRESET") || text.includes("aborted") || text.includes("Premature close");
}
