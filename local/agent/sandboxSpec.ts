/** Puts together what pod-sandbox is told about a container. */
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import type { V1Container, V1Pod } from "@kubernetes/client-node";

import { containerEnvironment, expand, type EnvironmentSources } from "./environment";
import { commandLine, DEFAULT_PATH, type ImageProgram, type Programs } from "./images";
import type { SandboxMount, SandboxSpec } from "./runtime";
import { privilegesOf } from "./securityContext";
import type { PodVolumes } from "./volumes";

/** What is the same for every run of a pod. */
export interface SandboxSettings {
  toolchain: Programs;
  bridge: string;
  gateway: string;
  prefixLength: number;
  /** The API server's Service, as pods see it. */
  apiServer: { host: string; port: number };
  /** Folder of the pod's files. */
  folder: string;
  /** /etc/hosts of all pods. */
  hostsFile: string;
}

/** The specification of a container's sandbox; throws what keeps it from being started. */
export function prepareSandbox(
  pod: V1Pod,
  container: V1Container,
  program: ImageProgram,
  volumes: PodVolumes,
  sources: EnvironmentSources,
  settings: SandboxSettings,
  connection: Pick<SandboxSpec, "network" | "sysctls">,
): SandboxSpec {
  const privileges = privilegesOf(pod, container, program);
  const { host, port } = settings.apiServer;
  const environment = containerEnvironment(pod, container, sources, {
    PATH: DEFAULT_PATH,
    HOSTNAME: hostname(pod),
    HOME: privileges.uid === 0 ? "/root" : "/",
    ...program.environment,
    ...(program.podIPVariable === undefined ? {} : { [program.podIPVariable]: sources.podIP }),
    ...(program.gpuVariable === undefined ? {} : { [program.gpuVariable]: gpuNames(container, sources.gpuProduct) }),
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: String(port),
    KUBERNETES_SERVICE_PORT_HTTPS: String(port),
    KUBERNETES_PORT: `tcp://${host}:${port}`,
  });
  const expanded = (text: string): string => expand(text, environment);
  return {
    parent: process.pid,
    hostname: hostname(pod),
    root: path.join(settings.folder, "root"),
    hosts: settings.hostsFile,
    resolvConf: writeResolvConf(pod, settings.folder),
    files: program.files(settings.toolchain).map((file) => ({ ...file, readOnly: true })),
    mounts: [...volumes.mountsOf(container, expanded), terminationMount(container, settings.folder)],
    workingDir: container.workingDir ?? "/",
    arguments: commandLine(program, container, expanded),
    environment: [...environment].map(([name, value]) => `${name}=${value}`),
    ...privileges,
    ...connection,
  };
}

/** The names of the GPUs that a container asked for, one on a line. */
function gpuNames({ resources }: V1Container, product: string | undefined): string {
  const count = Number(resources?.limits?.["nvidia.com/gpu"] ?? 0);
  return product === undefined ? "" : Array.from({ length: count }, () => product).join("\n");
}

/** Where a container of the pod leaves its termination message, on this machine. */
export function terminationLog(container: V1Container, folder: string): string {
  return path.join(folder, `termination-log-${container.name}`);
}

/** A new, empty file for the termination message of this run, which any user of the container may write. */
function terminationMount(container: V1Container, folder: string): SandboxMount {
  const source = terminationLog(container, folder);
  fs.writeFileSync(source, "");
  fs.chmodSync(source, 0o666);
  return { path: container.terminationMessagePath ?? "/dev/termination-log", source, readOnly: false };
}

/** A pod's hostname, as the API allows it to be set; Linux takes 63 characters. */
function hostname(pod: V1Pod): string {
  return (pod.spec?.hostname ?? pod.metadata?.name ?? "").slice(0, 63);
}

/** Name of the host's end of the pod's cable: at most 15 characters, and the same for every run of the pod. */
export function interfaceName(uid: string): string {
  return `llmp${crypto.createHash("sha256").update(uid).digest("hex").slice(0, 10)}`;
}

/** Names are in /etc/hosts; any other is refused at once, because nothing listens where a resolver asks by default. */
function writeResolvConf(pod: V1Pod, folder: string): string {
  const file = path.join(folder, "resolv.conf");
  const namespace = pod.metadata?.namespace ?? "";
  fs.writeFileSync(file, `search ${namespace}.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n`, {
    mode: 0o644,
  });
  return file;
}
