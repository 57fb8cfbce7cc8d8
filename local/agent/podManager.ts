/** Decides who plays each pod, and keeps a worker for each one that the agent runs itself. */
import * as fs from "node:fs";
import * as path from "node:path";

import * as os from "node:os";

import type { V1ConfigMap, V1Node, V1Pod, V1Secret } from "@kubernetes/client-node";

import { hardwareOf } from "../controlplane/nodes";
import type { PodAddresses } from "./addresses";
import { type Cache, type Cluster, messageOf, statusOf } from "./cluster";
import type { EnvironmentSources } from "./environment";
import { reasonForKwok, repositoryOf } from "./images";
import type { AgentOptions, PodProcessStatus } from "./index";
import type { WorkerTimes } from "./containerWorker";
import { PodWorker } from "./podWorker";
import { lesser } from "./quantity";
import { ServiceAccountTokens } from "./tokens";

/** Says who plays a pod: KWOK takes those that say "kwok", the agent leaves all that say anything. */
export const PLAYED_BY = "llmd.local/played-by";

/**
 * The ConfigMap of delays, which a benchmark writes: `pull.<last part of an image's repository>` is how many seconds a
 * container waits before it starts for the first time. Nothing is pulled or loaded here, and elsewhere that takes longest.
 */
export const DELAYS = { namespace: "kube-system", name: "llmd-delays" } as const;

/** Seconds that processes have to end when the agent stops. */
const STOP_SECONDS = 3;
/** Pause before a pod that could not be handed over is tried again. */
const RETRY_MS = 1000;

/** The pods of the agent. */
export class PodManager {
  private readonly workers = new Map<string, { worker: PodWorker; done: Promise<void> }>();
  private readonly handedOver = new Set<string>();
  /** Pods that are done with, while the API may still tell of them. */
  private readonly over = new Set<string>();
  private readonly tokens: ServiceAccountTokens;
  private stopped = false;

  constructor(
    private readonly options: AgentOptions & { times: WorkerTimes },
    private readonly cluster: Cluster,
    private readonly addresses: PodAddresses,
    private readonly caches: { configMaps: Cache<V1ConfigMap>; secrets: Cache<V1Secret>; nodes: Cache<V1Node> },
    private readonly paths: { folder: string; volumes: string; hosts: string },
  ) {
    this.tokens = new ServiceAccountTokens(cluster.core);
  }

  /** Takes a pod as it is now. */
  changed(pod: V1Pod, gone: boolean): void {
    const uid = pod.metadata?.uid ?? "";
    if (this.stopped || pod.spec?.nodeName === undefined) return;
    const known = this.workers.get(uid);
    if (gone) {
      known?.worker.drop();
      this.handedOver.delete(uid);
      this.over.delete(uid);
      this.cluster.forget(uid);
    } else if (this.over.has(uid)) {
      return;
    } else if (known !== undefined) {
      known.worker.update(pod);
    } else if (pod.metadata?.annotations?.[PLAYED_BY] === undefined) {
      const reason = reasonForKwok(pod);
      if (reason === undefined) this.start(pod);
      else void this.handOver(pod, reason);
    }
  }

  /** Something that pods of a namespace (default: of all) refer to has changed. */
  refresh(namespace?: string): void {
    for (const { worker } of this.workers.values()) {
      if (namespace === undefined || worker.label.startsWith(`${namespace}/`)) void worker.refresh();
    }
  }

  status(): PodProcessStatus[] {
    return [...this.workers.values()]
      .flatMap(({ worker }) => {
        const [namespace = "", name = ""] = worker.label.split("/");
        // An init container that has done its part is no news.
        const current = worker.workers.filter(({ view }) => !("terminated" in view.state && view.ready));
        return current.map(({ container, program, run, view, logFile }): PodProcessStatus => ({
          namespace,
          name,
          container: container.name,
          image: container.image ?? "",
          program: program.name,
          pid: run?.process.pid,
          ip: worker.view.podIP,
          ready: view.ready,
          restarts: view.restarts,
          since: run?.process.startedAt.toISOString(),
          log: logFile,
        }));
      })
      .sort((a, b) =>
        `${a.namespace}/${a.name}/${a.container}`.localeCompare(`${b.namespace}/${b.name}/${b.container}`),
      );
  }

  /** Removes what pods of an earlier time left in the folder. */
  tidy(pods: V1Pod[]): void {
    const uids = new Set(pods.map(({ metadata }) => metadata?.uid));
    for (const entry of fs.readdirSync(this.paths.folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !uids.has(entry.name)) {
        fs.rmSync(path.join(this.paths.folder, entry.name), { recursive: true, force: true });
      }
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    const all = [...this.workers.values()];
    await Promise.all(all.map(({ worker }) => worker.leave(STOP_SECONDS)));
    await Promise.all(all.map(({ done }) => done));
  }

  private start(pod: V1Pod): void {
    const { uid = "", namespace = "", name = "" } = pod.metadata ?? {};
    const podIP = this.addresses.allocate(uid, pod.status?.podIP);
    const folder = path.join(this.paths.folder, uid);
    const { configMaps, secrets, nodes } = this.caches;
    const worker = new PodWorker(pod, {
      toolchain: this.options.toolchain,
      bridge: this.options.bridge,
      gateway: this.addresses.gateway,
      prefixLength: this.addresses.prefixLength,
      apiServer: this.options.apiServer,
      hostsFile: this.paths.hosts,
      cluster: this.cluster,
      sources: {
        configMap: (space, key) => configMaps.get(key, space),
        secret: (space, key) => secrets.get(key, space),
        token: (of, projection) => this.tokens.token(of, projection),
        claim: (space, key) => this.volumeOf(space, key),
        ...nodeFacts(nodes.get(pod.spec?.nodeName ?? "")),
      },
      podIP,
      folder,
      pullSeconds: (image) => {
        const { namespace: space, name: key } = DELAYS;
        return Number(configMaps.get(key, space)?.data?.[`pull.${repositoryOf(image)}`] ?? 0);
      },
      logFile: (container) => path.join(this.paths.folder, `${namespace}_${name}_${container}.log`),
      times: this.options.times,
      log: this.options.log,
      finished: () => {
        this.workers.delete(uid);
        this.over.add(uid);
        this.addresses.release(podIP, uid);
        this.tokens.forget(uid);
      },
    });
    this.workers.set(uid, { worker, done: worker.work() });
    worker.update(pod);
  }

  /** A persistent volume's folder has its name: no other ever has the same. */
  private async volumeOf(namespace: string, name: string): Promise<string | undefined> {
    const { spec, status } = await this.cluster.core.readNamespacedPersistentVolumeClaim({ namespace, name });
    if (status?.phase !== "Bound" || spec?.volumeName === undefined) return undefined;
    return path.join(this.paths.volumes, spec.volumeName);
  }

  private async handOver(pod: V1Pod, reason: string): Promise<void> {
    const { uid = "", namespace = "", name = "" } = pod.metadata ?? {};
    if (this.handedOver.has(uid)) return;
    this.handedOver.add(uid);
    while (!this.stopped && this.handedOver.has(uid)) {
      try {
        await this.cluster.annotatePod(namespace, name, { [PLAYED_BY]: "kwok", [`${PLAYED_BY}-because`]: reason });
        return;
      } catch (error) {
        if (statusOf(error) === 404) return;
        this.options.log(`pod ${namespace}/${name}: ${messageOf(error)}`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}

/** What a pod may learn of its node. The node is larger than the machine below it, which is what programs go by. */
function nodeFacts(node: V1Node | undefined): Pick<EnvironmentSources, "hostIP" | "gpuProduct" | "allocatable"> {
  const cpu = String(os.availableParallelism());
  const memory = String(os.totalmem());
  const allocatable = node?.status?.allocatable;
  return {
    hostIP: node?.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "",
    gpuProduct: hardwareOf(node)?.product,
    allocatable: {
      cpu: lesser(allocatable?.["cpu"] ?? cpu, cpu),
      memory: lesser(allocatable?.["memory"] ?? memory, memory),
    },
  };
}
