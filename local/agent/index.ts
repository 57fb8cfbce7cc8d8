/**
 * The node agent of the embedded environment: what kubelet, container runtime, CNI plugin, DNS and cloud load balancer
 * are to a cluster, for the pods whose programs are on this machine. All other pods it leaves to KWOK.
 */
import * as fs from "node:fs";
import * as path from "node:path";

import type { V1ConfigMap, V1EndpointSlice, V1Node, V1Pod, V1Secret, V1Service } from "@kubernetes/client-node";
import * as k8s from "@kubernetes/client-node";

import { PodAddresses } from "./addresses";
import { type Cache, Cluster } from "./cluster";
import { Forwarder } from "./forwarder";
import { hostsFile, rewrite } from "./hosts";
import type { Programs } from "./images";
import { LoadBalancers } from "./loadBalancer";
import { PodManager } from "./podManager";
import type { WorkerTimes } from "./containerWorker";

/** What the agent needs to know. */
export interface AgentOptions {
  /** Path of an administrator's kubeconfig; its server is where the API server listens on this machine. */
  kubeconfig: string;
  /** Folder for logs and volumes of pods, private to root. */
  stateDir: string;
  toolchain: Programs;
  /** Name of the bridge; it is there already. */
  bridge: string;
  /** The pods' range, e.g. 10.244.0.0/16: the bridge has its first address, the agent its lower half, KWOK the upper. */
  podCidr: string;
  /** The `kubernetes` Service as pods see it; its address is one of the bridge's. */
  apiServer: { host: string; port: number };
  /** First three bytes of the load balancers' addresses, e.g. 127.244.0. */
  loadBalancerPrefix: string;
  /** Called with what an operator should know: crashes and failures, one line each. */
  log(line: string): void;
  /** Waits and grace periods; default: 1 s doubling to 30 s, and 10 s of grace at most. */
  times?: Partial<WorkerTimes>;
}

/** What runs for one container of a pod. */
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

/** A running agent. */
export interface Agent {
  /** Ends all pods' processes and stops watching; the API keeps the pods as they were. */
  stop(): Promise<void>;
  status(): PodProcessStatus[];
}

/** What the agent watches. */
interface Seen {
  services?: Cache<V1Service>;
  slices?: Cache<V1EndpointSlice>;
  pods?: Cache<V1Pod>;
  manager?: PodManager;
}

/** How often projected tokens are looked at; the shortest a token may live is ten minutes. */
const TOKEN_CHECK_MS = 30_000;

const DEFAULT_TIMES: WorkerTimes = { backOffBaseMs: 1000, backOffMaxMs: 30_000, gracePeriodCapSeconds: 10 };

/** Starts the agent; returns when it has seen all there is to run. The bridge and the API server must be there. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { log, apiServer } = options;
  const podsFolder = path.join(options.stateDir, "pods");
  fs.mkdirSync(podsFolder, { recursive: true, mode: 0o700 });
  const hostsPath = path.join(podsFolder, "hosts");
  const cluster = new Cluster(options.kubeconfig, log);
  const { core } = cluster;
  const discovery = cluster.config.makeApiClient(k8s.DiscoveryV1Api);
  const addresses = new PodAddresses(options.podCidr);
  const answers = (address: string): boolean => addresses.owns(address);

  // Filled one after the other; what is not there yet has nothing in it.
  const seen: Seen = {};
  const writeHosts = (): void => {
    const [services, slices, pods] = [seen.services?.list(), seen.slices?.list(), seen.pods?.list()];
    rewrite(
      hostsPath,
      hostsFile({
        services: services ?? [],
        slices: slices ?? [],
        pods: pods ?? [],
        answers,
        apiServer: apiServer.host,
      }),
    );
  };
  writeHosts();

  const gate = new Forwarder(() => [cluster.server]);
  await gate.listen(apiServer.host, apiServer.port);
  const balancers = new LoadBalancers(
    cluster,
    options.loadBalancerPrefix,
    () => seen.slices?.list() ?? [],
    answers,
    log,
  );

  const refresh = (object: V1ConfigMap | V1Secret): void => seen.manager?.refresh(object.metadata?.namespace ?? "");
  const configMaps = await cluster.watch<V1ConfigMap>(
    "/api/v1/configmaps",
    () => core.listConfigMapForAllNamespaces(),
    refresh,
  );
  const secrets = await cluster.watch<V1Secret>("/api/v1/secrets", () => core.listSecretForAllNamespaces(), refresh);
  const nodes = await cluster.watch<V1Node>(
    "/api/v1/nodes",
    () => core.listNode(),
    () => undefined,
  );
  seen.slices = await cluster.watch<V1EndpointSlice>(
    "/apis/discovery.k8s.io/v1/endpointslices",
    () => discovery.listEndpointSliceForAllNamespaces(),
    writeHosts,
  );
  seen.services = await cluster.watch<V1Service>(
    "/api/v1/services",
    () => core.listServiceForAllNamespaces(),
    (service, gone) => {
      balancers.changed(service, gone);
      writeHosts();
    },
  );
  const manager = new PodManager(
    { ...options, times: { ...DEFAULT_TIMES, ...options.times } },
    cluster,
    addresses,
    { configMaps, secrets, nodes },
    { folder: podsFolder, volumes: path.join(options.stateDir, "volumes"), hosts: hostsPath },
  );
  seen.manager = manager;
  seen.pods = await cluster.watch<V1Pod>(
    "/api/v1/pods",
    () => core.listPodForAllNamespaces(),
    (pod, gone) => {
      manager.changed(pod, gone);
      writeHosts();
    },
  );
  manager.tidy(seen.pods.list());
  writeHosts();
  const tokens = setInterval(() => manager.refresh(), TOKEN_CHECK_MS);

  return {
    status: () => manager.status(),
    stop: async () => {
      clearInterval(tokens);
      await cluster.stop();
      await manager.stop();
      await balancers.stop();
      await gate.close();
    },
  };
}
