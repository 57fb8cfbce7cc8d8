/**
 * /etc/hosts of all pods, in place of a cluster's DNS and kube-proxy: a Service's name stands for the address of one of
 * its pods. So a name is only good on ports where the Service's port is its pods' port too, which is so for all Services
 * that programs of this environment call by name.
 */
import * as fs from "node:fs";

import type { V1EndpointSlice, V1Pod, V1Service } from "@kubernetes/client-node";

/** What the file is made of. */
export interface HostsInput {
  services: V1Service[];
  slices: V1EndpointSlice[];
  pods: V1Pod[];
  /** Whether a process answers at an address; a pod that KWOK plays has none. */
  answers(address: string): boolean;
  /** Address of the API server's Service. */
  apiServer: string;
}

/** The file's text, the same for the same input in whatever order. */
export function hostsFile({ services, slices, pods, answers, apiServer }: HostsInput): string {
  const entries = new Map<string, string>([
    [names("kubernetes", "default"), apiServer],
    ...services.flatMap((service): [string, string][] => {
      const { name = "", namespace = "" } = service.metadata ?? {};
      const [address] = readyAddresses(service, slices).filter(answers).sort();
      return address === undefined || (namespace === "default" && name === "kubernetes")
        ? []
        : [[names(name, namespace), address]];
    }),
  ]);
  const lines = [...entries].map(([list, address]) => `${address} ${list}`).sort();
  const own = pods
    .map(({ metadata, status }) => [status?.podIP ?? "", metadata?.name ?? ""])
    .filter(([address = ""]) => answers(address))
    .map((pair) => pair.join(" "))
    .sort();
  return ["127.0.0.1 localhost", ...lines, ...own, ""].join("\n");
}

/** Addresses of a Service's ready endpoints. */
export function readyAddresses(service: V1Service, slices: V1EndpointSlice[]): string[] {
  return slicesOf(service, slices).flatMap((slice) =>
    (slice.endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses }) => addresses.slice(0, 1)),
  );
}

/** A Service's own slices, of IPv4 addresses. */
export function slicesOf(service: V1Service, slices: V1EndpointSlice[]): V1EndpointSlice[] {
  return slices.filter(
    ({ metadata, addressType }) =>
      addressType === "IPv4" &&
      metadata?.namespace === service.metadata?.namespace &&
      metadata?.labels?.["kubernetes.io/service-name"] === service.metadata?.name,
  );
}

/** Writes the file without giving it a new inode: it is mounted into pods that run. */
export function rewrite(file: string, text: string): void {
  const content = Buffer.from(text);
  const descriptor = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644);
  try {
    fs.writeSync(descriptor, content, 0, content.length, 0);
    fs.ftruncateSync(descriptor, content.length);
  } finally {
    fs.closeSync(descriptor);
  }
}

function names(name: string, namespace: string): string {
  return [name, "svc", "svc.cluster.local"]
    .map((end, index) => (index === 0 ? `${name}.${namespace}` : `${name}.${namespace}.${end}`))
    .join(" ");
}
