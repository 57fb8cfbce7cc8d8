/** Puts together what pod-sandbox needs to start a container. */
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import type { V1Container, V1Pod } from "@kubernetes/client-node";

import { ContainerConfigError, containerEnvironment, expand, type PodSources } from "./environment";
import { commandLine, DEFAULT_PATH, type ImageProgram, type Programs } from "./images";
import type { SandboxMount, SandboxSpec } from "./runtime";
import type { PodVolumes } from "./volumes";

/** What every run of a pod's containers has in common. */
export interface SandboxSettings {
  toolchain: Programs;
  /** Name of the pods' bridge. */
  bridge: string;
  /** The host's address on the bridge. */
  gateway: string;
  /** Length of the prefix of the pods' range in bits. */
  prefixLength: number;
  /** The API server's Service, as pods see it. */
  apiServer: { host: string; port: number };
  /** Folder of the pod's files. */
  folder: string;
  /** /etc/hosts of all pods. */
  hostsFile: string;
}

/** How a sandbox is connected to the pods' network. */
export type Connection = Pick<SandboxSpec, "network" | "sysctls">;

/**
 * The specification of a container's sandbox. It also writes the files that only this run needs.
 *
 * @throws ContainerConfigError when the container refers to something that does not exist, or cannot run as it asks to
 * @throws RefusedArguments when its program would end at once
 */
export function prepareSandbox(
  pod: V1Pod,
  container: V1Container,
  program: ImageProgram,
  volumes: PodVolumes,
  sources: PodSources,
  settings: SandboxSettings,
  connection: Connection,
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

/** The names of the GPUs that a container requests, one on each line. */
function gpuNames({ resources }: V1Container, product: string | undefined): string {
  const count = Number(resources?.limits?.["nvidia.com/gpu"] ?? 0);
  return product === undefined ? "" : Array.from({ length: count }, () => product).join("\n");
}

/** The path on this machine of a container's termination message. */
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

/** A pod's hostname. Linux limits it to 63 characters. */
function hostname(pod: V1Pod): string {
  return (pod.spec?.hostname ?? pod.metadata?.name ?? "").slice(0, 63);
}

/** Name of the pod's network interface on the host: at most 15 characters, and the same for every run of the pod. */
export function interfaceName(uid: string): string {
  return `llmp${crypto.createHash("sha256").update(uid).digest("hex").slice(0, 10)}`;
}

/**
 * Without a name server in the file a resolver asks at 127.0.0.1, where nothing listens. So every name that is not in
 * /etc/hosts fails at once.
 */
function writeResolvConf(pod: V1Pod, folder: string): string {
  const file = path.join(folder, "resolv.conf");
  const domains = `${pod.metadata?.namespace ?? ""}.svc.cluster.local svc.cluster.local cluster.local`;
  fs.writeFileSync(file, `search ${domains}\noptions ndots:5\n`, { mode: 0o644 });
  return file;
}

/** The default capabilities of a container in containerd. */
const DEFAULT_CAPABILITIES = (
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID " +
  "SYS_CHROOT"
).split(" ");

type Privileges = Pick<SandboxSpec, "uid" | "gid" | "groups" | "capabilities" | "noNewPrivileges" | "readOnlyRoot">;

/**
 * User, groups and capabilities of a container, from its own securityContext, its pod's and its image.
 *
 * @throws ContainerConfigError when the container cannot run as it asks to
 */
export function privilegesOf(pod: V1Pod, container: V1Container, { user }: Pick<ImageProgram, "user">): Privileges {
  const ofPod = pod.spec?.securityContext ?? {};
  const own = container.securityContext ?? {};
  const uid = own.runAsUser ?? ofPod.runAsUser ?? user.uid;
  if ((own.runAsNonRoot ?? ofPod.runAsNonRoot) === true && uid === 0) {
    throw new ContainerConfigError("container has runAsNonRoot and image will run as root");
  }
  if (own.privileged === true) throw new ContainerConfigError("privileged containers cannot be run here");
  const named = (names: string[] = []): string[] => names.map((name) => name.replace(/^CAP_/, ""));
  const dropped = named(own.capabilities?.drop);
  const kept = dropped.includes("ALL") ? [] : DEFAULT_CAPABILITIES.filter((name) => !dropped.includes(name));
  const { fsGroup, supplementalGroups = [] } = ofPod;
  return {
    uid,
    gid: own.runAsGroup ?? ofPod.runAsGroup ?? user.gid,
    groups: [...new Set([...(fsGroup === undefined ? [] : [fsGroup]), ...supplementalGroups])],
    capabilities: [...new Set([...kept, ...named(own.capabilities?.add)])],
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    readOnlyRoot: own.readOnlyRootFilesystem === true,
  };
}
