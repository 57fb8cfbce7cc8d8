import * as fs from "node:fs";
import * as path from "node:path";

import * as k8s from "@kubernetes/client-node";

import { PodAddresses } from "./addresses";
import { Cluster } from "./cluster";
import type { WorkerTimes } from "./containerWorker";
import { Forwarder } from "./forwarder";
import { hostsFile, rewrite } from "./hosts";
import type { Programs } from "./images";
import { LoadBalancers } from "./loadBalancer";
import { PodManager, type PodProcessStatus } from "./podManager";

export type { PodProcessStatus };

/** The agent's settings. */
interface AgentOptions {
  /** Path of an administrator's kubeconfig; its server is where the API server listens on this machine. */
  kubeconfig: string;
  /** Folder for logs and volumes of pods, private to root. */
  stateDir: string;
  toolchain: Programs;
  /** Name of the bridge, which must exist. */
  bridge: string;
  /** The pods' range, e.g. 10.244.0.0/16. The bridge has its first address, the agent its lower and KWOK its upper half. */
  podCidr: string;
  /** The `kubernetes` Service as pods see it; its address is one of the bridge's. */
  apiServer: { host: string; port: number };
  /** First three bytes of the load balancers' addresses, e.g. 127.244.0. */
  loadBalancerPrefix: string;
  /** Called with one line for each crash and failure, for the operator. */
  log(line: string): void;
}

/** A running agent. */
export interface Agent {
  /** Ends all pods' processes and stops watching; the API keeps the pods as they were. */
  stop(): Promise<void>;
  /** The pods' processes. */
  status(): PodProcessStatus[];
}

/** How often projected tokens are checked; the shortest lifetime of a token is ten minutes. */
const TOKEN_CHECK_MS = 30_000;

const TIMES: WorkerTimes = { backOffBaseMs: 1000, backOffMaxMs: 30_000, gracePeriodCapSeconds: 10 };

/**
 * Starts the node agent of the embedded environment: what the kubelet, container runtime, CNI plugin, DNS and cloud load
 * balancer are to a cluster. It runs the pods whose programs are on this machine, and leaves all other pods to KWOK.
 *
 * The bridge and the API server must exist. It returns when it has seen all existing pods.
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { toolchain, bridge, stateDir, apiServer, log } = options;
  const podsFolder = path.join(stateDir, "pods");
  fs.mkdirSync(podsFolder, { recursive: true, mode: 0o700 });
  const hosts = path.join(podsFolder, "hosts");
  const cluster = new Cluster(options.kubeconfig, log);
  const { core } = cluster;
  const discovery = cluster.config.makeApiClient(k8s.DiscoveryV1Api);
  const addresses = new PodAddresses(options.podCidr);
  const answers = (address: string): boolean => addresses.owns(address);

  const configMaps = cluster.cache("/api/v1/configmaps", () => core.listConfigMapForAllNamespaces());
  const secrets = cluster.cache("/api/v1/secrets", () => core.listSecretForAllNamespaces());
  const nodes = cluster.cache("/api/v1/nodes", () => core.listNode());
  const slices = cluster.cache("/apis/discovery.k8s.io/v1/endpointslices", () =>
    discovery.listEndpointSliceForAllNamespaces(),
  );
  const services = cluster.cache("/api/v1/services", () => core.listServiceForAllNamespaces());
  const pods = cluster.cache("/api/v1/pods", () => core.listPodForAllNamespaces());

  const writeHosts = (): void => {
    const known = { services: services.list(), slices: slices.list(), pods: pods.list() };
    rewrite(hosts, hostsFile({ ...known, answers, apiServer: apiServer.host }));
  };
  writeHosts();

  const apiForwarder = new Forwarder(() => [cluster.server]);
  await apiForwarder.listen(apiServer.host, apiServer.port);
  const balancers = new LoadBalancers(cluster, options.loadBalancerPrefix, () => slices.list(), answers, log);
  const manager = new PodManager({
    ...{ toolchain, bridge, apiServer, cluster, log, addresses, configMaps, secrets, nodes, podsFolder },
    hostsFile: hosts,
    volumesFolder: path.join(stateDir, "volumes"),
    times: TIMES,
  });

  const refresh = ({ metadata }: k8s.KubernetesObject): void => manager.refresh(metadata?.namespace ?? "");
  await configMaps.start(refresh);
  await secrets.start(refresh);
  await nodes.start(() => undefined);
  await slices.start(writeHosts);
  await services.start((service, gone) => {
    balancers.changed(service, gone);
    writeHosts();
  });
  await pods.start((pod, gone) => {
    manager.changed(pod, gone);
    writeHosts();
  });
  manager.tidy(pods.list());
  writeHosts();
  const tokens = setInterval(() => manager.refresh(), TOKEN_CHECK_MS);

  return {
    status: () => manager.status(),
    stop: async () => {
      clearInterval(tokens);
      await cluster.stop();
      await manager.stop();
      await balancers.stop();
      await apiForwarder.close();
    },
  };
}
