/**
 * Plays the cloud's network load balancer: each Service of type LoadBalancer gets a loopback address of its own, where
 * connections are passed on to the Service's ready pods.
 */
import * as net from "node:net";
import type { V1EndpointSlice, V1Service } from "@kubernetes/client-node";

import { type Cluster, messageOf, statusOf } from "./cluster";
import { Forwarder, type Target } from "./forwarder";
import { slicesOf } from "./hosts";

/** How often a port that was busy is tried again. */
const RETRY_MS = 5000;

interface Balancer {
  address: string;
  service: V1Service;
  ports: Map<number, Forwarder>;
}

/** The load balancers of all Services. */
export class LoadBalancers {
  private readonly balancers = new Map<string, Balancer>();
  private work: Promise<void> = Promise.resolve();
  private readonly retry: NodeJS.Timeout;

  constructor(
    private readonly cluster: Cluster,
    private readonly prefix: string,
    private readonly slices: () => V1EndpointSlice[],
    private readonly answers: (address: string) => boolean,
    private readonly log: (line: string) => void,
  ) {
    this.retry = setInterval(() => {
      for (const { service } of this.balancers.values()) this.enqueue(() => this.apply(service, false));
    }, RETRY_MS);
  }

  /** Takes a Service as it is now. */
  changed(service: V1Service, gone: boolean): void {
    this.enqueue(() => this.apply(service, gone));
  }

  async stop(): Promise<void> {
    clearInterval(this.retry);
    await this.work;
    await Promise.all([...this.balancers.keys()].map((uid) => this.remove(uid)));
  }

  /** One thing after the other: two of them on one port would get in each other's way. */
  private enqueue(task: () => Promise<void>): void {
    this.work = this.work.then(task).catch((error: unknown) => this.log(messageOf(error)));
  }

  private async apply(service: V1Service, gone: boolean): Promise<void> {
    const { uid = "", namespace = "", name = "" } = service.metadata ?? {};
    if (gone || service.spec?.type !== "LoadBalancer") return this.remove(uid);
    const known = this.balancers.get(uid);
    const address = known?.address ?? this.freeAddress(service);
    const balancer: Balancer = known ?? { address, ports: new Map<number, Forwarder>(), service };
    balancer.service = service;
    this.balancers.set(uid, balancer);
    // An address where another program answers would be worse than none.
    if (!(await this.listen(balancer))) return;
    if (service.status?.loadBalancer?.ingress?.[0]?.ip !== address) {
      await this.cluster
        .writeServiceStatus(namespace, name, { loadBalancer: { ingress: [{ ip: address }] } })
        .catch((error: unknown) => {
          if (statusOf(error) !== 404) this.log(`Service ${namespace}/${name}: ${messageOf(error)}`);
        });
    }
  }

  /** Listens on the Service's ports, and no others. @returns whether it could on all of them. */
  private async listen({ address, service, ports }: Balancer): Promise<boolean> {
    const wanted = new Set((service.spec?.ports ?? []).filter(({ protocol }) => protocol !== "UDP").map((p) => p.port));
    for (const [port, forwarder] of ports) {
      if (wanted.has(port)) continue;
      ports.delete(port);
      await forwarder.close();
    }
    for (const port of wanted) {
      if (ports.has(port)) continue;
      const forwarder = new Forwarder(
        () => this.targets(service.metadata?.uid ?? "", port),
        (client) => admits(this.balancers.get(service.metadata?.uid ?? "")?.service, client),
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

  private targets(uid: string, port: number): Target[] {
    const service = this.balancers.get(uid)?.service;
    return service === undefined ? [] : targetsOf(service, port, this.slices(), this.answers);
  }

  /** The address it had before, if no other Service has it now, or else the next free one. */
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

/** Whether a Service's `loadBalancerSourceRanges` let a client in. As on a real one, none means everybody. */
export function admits(service: V1Service | undefined, client: string): boolean {
  const ranges = service?.spec?.loadBalancerSourceRanges ?? [];
  if (ranges.length === 0) return true;
  const allowed = new net.BlockList();
  for (const range of ranges) {
    const [address = "", bits = ""] = range.split("/");
    allowed.addSubnet(address, Number(bits), net.isIPv6(address) ? "ipv6" : "ipv4");
  }
  return allowed.check(client, net.isIPv6(client) ? "ipv6" : "ipv4");
}

/** Where connections to a Service's port go: its ready endpoints at their own port, as kube-proxy finds them. */
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
      return (slice.endpoints ?? [])
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap(({ addresses }) => addresses.slice(0, 1))
        .filter(answers)
        .map((host) => ({ host, port: number }));
    })
    .sort((a, b) => a.host.localeCompare(b.host));
}
