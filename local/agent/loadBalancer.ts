import * as net from "node:net";

import type { V1EndpointSlice, V1Service } from "@kubernetes/client-node";

import { type Cluster, messageOf, statusOf } from "./cluster";
import { Forwarder, type Target } from "./forwarder";
import { readyAddresses, slicesOf } from "./hosts";

/** How often a port that was busy is tried again. */
const RETRY_MS = 5000;

interface Balancer {
  readonly address: string;
  readonly ports: Map<number, Forwarder>;
  service: V1Service;
}

/**
 * Simulates a cloud's network load balancers: each Service of type LoadBalancer gets its own loopback address. From
 * there connections are forwarded to the Service's ready pods.
 */
export class LoadBalancers {
  private readonly balancers = new Map<string, Balancer>();
  private work: Promise<void> = Promise.resolve();
  private readonly retry: NodeJS.Timeout;

  /**
   * @param prefix first three bytes of the load balancers' addresses, e.g. 127.244.0
   * @param answers whether a process answers at a pod's address
   */
  constructor(
    private readonly cluster: Cluster,
    private readonly prefix: string,
    private readonly slices: () => V1EndpointSlice[],
    private readonly answers: (address: string) => boolean,
    private readonly log: (line: string) => void,
  ) {
    this.retry = setInterval(() => {
      for (const { service } of this.balancers.values()) this.changed(service, false);
    }, RETRY_MS);
  }

  /** Takes over a Service's current state. Changes are applied one after another, because they may share ports. */
  changed(service: V1Service, gone: boolean): void {
    this.work = this.work.then(() => this.apply(service, gone)).catch((error: unknown) => this.log(messageOf(error)));
  }

  /** Stops all load balancers. */
  async stop(): Promise<void> {
    clearInterval(this.retry);
    await this.work;
    await Promise.all([...this.balancers.keys()].map((uid) => this.remove(uid)));
  }

  private async apply(service: V1Service, gone: boolean): Promise<void> {
    const { uid = "", namespace = "", name = "" } = service.metadata ?? {};
    if (gone || service.spec?.type !== "LoadBalancer") return this.remove(uid);
    const balancer = this.balancers.get(uid) ?? { address: this.freeAddress(service), ports: new Map(), service };
    balancer.service = service;
    this.balancers.set(uid, balancer);
    // Another program may answer at an address that could not be taken, so such an address is not published.
    if (!(await this.listen(balancer))) return;
    const { address } = balancer;
    if (service.status?.loadBalancer?.ingress?.[0]?.ip === address) return;
    try {
      await this.cluster.writeServiceStatus(service, { loadBalancer: { ingress: [{ ip: address }] } });
    } catch (error) {
      if (statusOf(error) !== 404) this.log(`Service ${namespace}/${name}: ${messageOf(error)}`);
    }
  }

  /** Listens on the Service's ports, and on no others. @returns whether all ports are open */
  private async listen(balancer: Balancer): Promise<boolean> {
    const { address, service, ports } = balancer;
    const tcp = (service.spec?.ports ?? []).filter(({ protocol }) => protocol !== "UDP");
    const wanted = new Set(tcp.map(({ port }) => port));
    for (const [port, forwarder] of ports) {
      if (wanted.has(port)) continue;
      ports.delete(port);
      await forwarder.close();
    }
    for (const port of wanted) {
      if (ports.has(port)) continue;
      const forwarder = new Forwarder(
        () => targetsOf(balancer.service, port, this.slices(), this.answers),
        (client) => admits(balancer.service, client),
      );
      try {
        await forwarder.listen(address, port);
        ports.set(port, forwarder);
      } catch (error) {
        const message = `cannot listen on ${address}:${port}: ${messageOf(error)}`;
        this.cluster.report(service, "Service", { type: "Warning", reason: "SyncLoadBalancerFailed", message });
        this.log(`Service ${service.metadata?.namespace}/${service.metadata?.name}: ${message}`);
      }
    }
    return [...wanted].every((port) => ports.has(port));
  }

  /** The Service's previous address unless another Service has it now, otherwise the next free one. */
  private freeAddress(service: V1Service): string {
    const taken = new Set([...this.balancers.values()].map(({ address }) => address));
    const before = service.status?.loadBalancer?.ingress?.[0]?.ip;
    if (before?.startsWith(`${this.prefix}.`) === true && !taken.has(before)) return before;
    for (let last = 1; last < 255; last++) {
      if (!taken.has(`${this.prefix}.${last}`)) return `${this.prefix}.${last}`;
    }
    throw new Error(`no address of ${this.prefix}.0/24 is left for a load balancer`);
  }

  private async remove(uid: string): Promise<void> {
    const balancer = this.balancers.get(uid);
    this.balancers.delete(uid);
    for (const forwarder of balancer?.ports.values() ?? []) await forwarder.close();
  }
}

/** Whether a Service's `loadBalancerSourceRanges` admit a client. Without ranges every client is admitted. */
export function admits({ spec }: V1Service, client: string): boolean {
  const ranges = spec?.loadBalancerSourceRanges ?? [];
  if (ranges.length === 0) return true;
  const allowed = new net.BlockList();
  for (const range of ranges) {
    const [address = "", bits = ""] = range.split("/");
    allowed.addSubnet(address, Number(bits), net.isIPv6(address) ? "ipv6" : "ipv4");
  }
  return allowed.check(client, net.isIPv6(client) ? "ipv6" : "ipv4");
}

/** Where connections to a Service's port go: the ready endpoints at their own port, as kube-proxy selects them. */
export function targetsOf(
  service: V1Service,
  port: number,
  slices: V1EndpointSlice[],
  answers: (address: string) => boolean,
): Target[] {
  const name = service.spec?.ports?.find((candidate) => candidate.port === port)?.name ?? "";
  return slicesOf(service, slices)
    .flatMap((slice) => {
      const number = slice.ports?.find((candidate) => (candidate.name ?? "") === name)?.port;
      if (number === undefined) return [];
      return readyAddresses(slice)
        .filter(answers)
        .map((host) => ({ host, port: number }));
    })
    .sort((a, b) => a.host.localeCompare(b.host));
}
