/**
 * /etc/hosts of all pods, which replaces a cluster's DNS and kube-proxy: a Service's name resolves to one of its pods.
 * So a name works only where the Service and its pods use the same port number. This holds for every Service that the
 * programs here call by name.
 */
import * as fs from "node:fs";

import type { V1EndpointSlice, V1Pod, V1Service } from "@kubernetes/client-node";

/** The input of {@link hostsFile}. */
interface HostsInput {
  services: V1Service[];
  slices: V1EndpointSlice[];
  pods: V1Pod[];
  /** Whether a process answers at an address; none does for a pod that KWOK simulates. */
  answers(address: string): boolean;
  /** Address of the API server's Service. */
  apiServer: string;
}

/** The file's text. It does not depend on the order of the input. */
export function hostsFile({ services, slices, pods, answers, apiServer }: HostsInput): string {
  const entries = new Map([[serviceNames("kubernetes", "default"), apiServer]]);
  for (const service of services) {
    const { name = "", namespace = "" } = service.metadata ?? {};
    const [address] = slicesOf(service, slices).flatMap(readyAddresses).filter(answers).sort();
    const names = serviceNames(name, namespace);
    if (address !== undefined && !(namespace === "default" && name === "kubernetes")) entries.set(names, address);
  }
  const ofServices = [...entries].map(([names, address]) => `${address} ${names}`);
  const ofPods = pods
    .filter(({ status }) => answers(status?.podIP ?? ""))
    .map(({ metadata, status }) => `${status?.podIP} ${metadata?.name ?? ""}`);
  return ["127.0.0.1 localhost", ...ofServices.sort(), ...ofPods.sort(), ""].join("\n");
}

/** The addresses of a slice's ready endpoints. */
export function readyAddresses({ endpoints }: V1EndpointSlice): string[] {
  // The API server sends null for a slice without endpoints.
  const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
  return ready.flatMap(({ addresses }) => addresses.slice(0, 1));
}

/** A Service's slices with IPv4 addresses. */
export function slicesOf(service: V1Service, slices: V1EndpointSlice[]): V1EndpointSlice[] {
  return slices.filter(
    ({ metadata, addressType }) =>
      addressType === "IPv4" &&
      metadata?.namespace === service.metadata?.namespace &&
      metadata?.labels?.["kubernetes.io/service-name"] === service.metadata?.name,
  );
}

/** Writes the file and keeps its inode, because running pods have it mounted. */
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

function serviceNames(name: string, namespace: string): string {
  const short = `${name}.${namespace}`;
  return `${short} ${short}.svc ${short}.svc.cluster.local`;
}
