import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { V1ConfigMap, V1Node, V1Pod, V1Secret } from "@kubernetes/client-node";

import { parseQuantity } from "../../settings/quantities";
import { SIMULATED_BY } from "../controlplane/kwok";
import { hardwareOf } from "../controlplane/nodes";
import type { PodAddresses } from "./addresses";
import type { Cache } from "./cluster";
import type { WorkerTools } from "./containerWorker";
import type { PodSources } from "./environment";
import { reasonForKwok, repositoryOf } from "./images";
import { PodWorker } from "./podWorker";
import { ServiceAccountTokens } from "./tokens";

/**
 * The ConfigMap of delays, which benchmarks write. `pull.<last part of an image's repository>` is how many seconds a
 * container waits before its first start. It simulates pulling images and loading models, which take longest elsewhere.
 */
export const DELAYS = { namespace: "kube-system", name: "llmd-delays" } as const;

/** Seconds that processes have to end when the agent stops. */
const STOP_SECONDS = 3;

/** The process of one container of a pod. */
export interface PodProcessStatus {
  namespace: string;
  name: string;
  container: string;
  image: string;
  /** Name of the program that runs for the image. */
  program: string;
  /** The sandbox's process; the program is its only child. Undefined while nothing runs. */
  pid?: number;
  ip: string;
  ready: boolean;
  restarts: number;
  /** When its process started, ISO 8601. */
  since?: string;
  /** Path of its log. */
  log: string;
}

/** What all pods have in common. */
interface PodManagerSettings extends Pick<
  WorkerTools,
  "toolchain" | "bridge" | "apiServer" | "hostsFile" | "cluster" | "times" | "log"
> {
  addresses: PodAddresses;
  configMaps: Cache<V1ConfigMap>;
  secrets: Cache<V1Secret>;
  nodes: Cache<V1Node>;
  /** Folder of the pods' files. */
  podsFolder: string;
  /** Folder of the persistent volumes. */
  volumesFolder: string;
}

/** Decides which pods the agent runs, has a worker for each of them, and leaves the other pods to KWOK. */
export class PodManager {
  private readonly workers = new Map<string, { worker: PodWorker; done: Promise<void> }>();
  private readonly handedOver = new Set<string>();
  /** Finished pods, which the API may still report. */
  private readonly over = new Set<string>();
  private readonly tokens: ServiceAccountTokens;
  private stopped = false;

  constructor(private readonly settings: PodManagerSettings) {
    this.tokens = new ServiceAccountTokens(settings.cluster.core);
  }

  /** Takes over a pod's current state. */
  changed(pod: V1Pod, gone: boolean): void {
    const uid = pod.metadata?.uid ?? "";
    if (this.stopped || pod.spec?.nodeName === undefined) return;
    const known = this.workers.get(uid);
    if (gone) {
      known?.worker.drop();
      this.handedOver.delete(uid);
      this.over.delete(uid);
      this.settings.cluster.forget(uid);
    } else if (this.over.has(uid)) {
      return;
    } else if (known !== undefined) {
      known.worker.update(pod);
    } else if (pod.metadata?.annotations?.[SIMULATED_BY] === undefined) {
      const reason = reasonForKwok(pod);
      if (reason === undefined) this.start(pod);
      else void this.handOver(pod, reason);
    }
  }

  /** Updates the files of a namespace's pods (default: of all) after a change of something that they refer to. */
  refresh(namespace?: string): void {
    for (const { worker } of this.workers.values()) {
      if (namespace === undefined || worker.label.startsWith(`${namespace}/`)) void worker.refresh();
    }
  }

  /** The processes of all pods, except init containers that have ended with exit code 0. */
  status(): PodProcessStatus[] {
    const key = ({ namespace, name, container }: PodProcessStatus): string => `${namespace}/${name}/${container}`;
    return [...this.workers.values()]
      .flatMap(({ worker }) => statusesOf(worker))
      .sort((a, b) => key(a).localeCompare(key(b)));
  }

  /** Removes the files of pods that no longer exist. */
  tidy(pods: V1Pod[]): void {
    const uids = new Set(pods.map(({ metadata }) => metadata?.uid));
    const { podsFolder } = this.settings;
    for (const entry of fs.readdirSync(podsFolder, { withFileTypes: true })) {
      if (entry.isDirectory() && !uids.has(entry.name)) {
        fs.rmSync(path.join(podsFolder, entry.name), { recursive: true, force: true });
      }
    }
  }

  /** Ends all processes; the API keeps the pods as they are. */
  async stop(): Promise<void> {
    this.stopped = true;
    const all = [...this.workers.values()];
    await Promise.all(all.map(({ worker }) => worker.leave(STOP_SECONDS)));
    await Promise.all(all.map(({ done }) => done));
  }

  private start(pod: V1Pod): void {
    const { addresses, configMaps, secrets, nodes, podsFolder, ...shared } = this.settings;
    const { uid = "", namespace = "", name = "" } = pod.metadata ?? {};
    const podIP = addresses.allocate(uid, pod.status?.podIP);
    const worker = new PodWorker(pod, {
      ...shared,
      gateway: addresses.gateway,
      prefixLength: addresses.prefixLength,
      sources: {
        configMap: (space, key) => configMaps.get(key, space),
        secret: (space, key) => secrets.get(key, space),
        token: (of, projection) => this.tokens.token(of, projection),
        claim: (space, key) => this.volumeOf(space, key),
        ...nodeFacts(nodes.get(pod.spec?.nodeName ?? "")),
      },
      podIP,
      folder: path.join(podsFolder, uid),
      pullSeconds: (image) =>
        Number(configMaps.get(DELAYS.name, DELAYS.namespace)?.data?.[`pull.${repositoryOf(image)}`] ?? 0),
      logFile: (container) => path.join(podsFolder, `${namespace}_${name}_${container}.log`),
      finished: () => {
        this.workers.delete(uid);
        this.over.add(uid);
        addresses.release(podIP, uid);
        this.tokens.forget(uid);
      },
    });
    this.workers.set(uid, { worker, done: worker.work() });
    worker.update(pod);
  }

  /** The folder of a claim's volume. It is named after the volume, whose name is never used again. */
  private async volumeOf(namespace: string, name: string): Promise<string | undefined> {
    const { core } = this.settings.cluster;
    const { spec, status } = await core.readNamespacedPersistentVolumeClaim({ namespace, name });
    if (status?.phase !== "Bound" || spec?.volumeName === undefined) return undefined;
    return path.join(this.settings.volumesFolder, spec.volumeName);
  }

  private async handOver(pod: V1Pod, reason: string): Promise<void> {
    const { uid = "", namespace = "", name = "" } = pod.metadata ?? {};
    if (this.handedOver.has(uid)) return;
    this.handedOver.add(uid);
    const { cluster } = this.settings;
    const annotations = { [SIMULATED_BY]: "kwok", [`${SIMULATED_BY}-because`]: reason };
    await cluster.retry(
      `pod ${namespace}/${name}`,
      [404],
      () => !this.stopped && this.handedOver.has(uid),
      () => cluster.annotatePod(pod, annotations),
    );
  }
}

function statusesOf(worker: PodWorker): PodProcessStatus[] {
  const { namespace = "", name = "" } = worker.pod.metadata ?? {};
  const ended = worker.workers.filter(({ status }) => status.state?.terminated !== undefined && status.ready);
  return worker.workers
    .filter((container) => !ended.includes(container))
    .map(({ container, program, run, status, logFile }) => ({
      ...{ namespace, name },
      container: container.name,
      image: status.image,
      program: program.name,
      pid: run?.process.pid,
      ip: worker.tools.podIP,
      ready: status.ready,
      restarts: status.restartCount,
      since: run?.process.startedAt.toISOString(),
      log: logFile,
    }));
}

/** What a pod learns of its node. Programs must not use more than this machine has, and the simulated node is larger. */
function nodeFacts(node: V1Node | undefined): Pick<PodSources, "hostIP" | "gpuProduct" | "allocatable"> {
  const { addresses, allocatable } = node?.status ?? {};
  return {
    hostIP: addresses?.find(({ type }) => type === "InternalIP")?.address ?? "",
    gpuProduct: hardwareOf(node)?.product,
    allocatable: {
      cpu: atMost(allocatable?.["cpu"], os.availableParallelism()),
      memory: atMost(allocatable?.["memory"], os.totalmem()),
    },
  };
}

/** A quantity, or the limit where the quantity is missing or above it. */
function atMost(quantity: string | undefined, limit: number): string {
  return quantity !== undefined && (parseQuantity(quantity) ?? Infinity) <= limit ? quantity : String(limit);
}
