/**
 * Which images the agent runs as processes, and how: the program behind each, the files that the image has of its own,
 * and what the image's configuration says (entrypoint, user, environment). Any other image is played by KWOK.
 */
import * as path from "node:path";

import type { V1Container, V1Pod } from "@kubernetes/client-node";

import type { Toolchain } from "../toolchain";
import { simulatorArguments } from "./vllmArguments";

/** The part of the toolchain that images are made of. */
export type Programs = Pick<Toolchain, "bin" | "share">;

/** A file of an image: where the container sees it, and where it is on this machine. */
export interface ImageFile {
  path: string;
  source: string;
}

/** An image's configuration as far as the agent needs it. */
export interface ImageProgram {
  /** What runs, for people. */
  name: string;
  files(toolchain: Programs): ImageFile[];
  /** The image's ENTRYPOINT; a container's command replaces it. */
  entrypoint: string[];
  /** Where the image has its program, for commands that name it; /bin is this machine's, so here it is elsewhere. */
  imagePath?: string;
  /** The image's USER; the container's securityContext comes first. */
  user: { uid: number; gid: number };
  /** The image's ENV; the container's env comes first. */
  environment?: Record<string, string>;
  /** Environment from the pod's own address, for what an image learns from its machine. */
  podIPVariable?: string;
  /** Environment from the names of the GPUs that the pod asked for, for what a container toolkit would put into it. */
  gpuVariable?: string;
  /** Arguments of the program that stands in for the image's, from the container's command and args. */
  translate?(command: string[], args: string[]): string[];
}

/** The path of every image that has none said by itself (containerd's default). */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Programs of the Prometheus project run as nobody. */
const NOBODY = { uid: 65_534, gid: 65_534 };

/** `nonroot` of distroless images. */
const NONROOT = { uid: 65_532, gid: 65_532 };

/** Images by the end of their repository's name; users and entrypoints are those of the images' own Dockerfiles. */
const IMAGES: Record<string, ImageProgram> = {
  pilot: {
    name: "pilot-discovery",
    files: (toolchain) => [{ path: "/usr/local/bin/pilot-discovery", source: toolchain.bin("pilot-discovery") }],
    entrypoint: ["/usr/local/bin/pilot-discovery"],
    user: { uid: 1337, gid: 1337 },
    // The proxies here are plain Envoys: these filters are compiled into Istio's own build only.
    environment: { PILOT_ENABLE_METADATA_EXCHANGE: "false", PILOT_ENABLE_ALPN_FILTER: "false" },
  },
  proxyv2: {
    name: "pilot-agent with envoy",
    files: (toolchain) => [
      { path: "/usr/local/bin/pilot-agent", source: toolchain.bin("pilot-agent") },
      { path: "/usr/local/bin/envoy", source: toolchain.bin("envoy") },
      {
        path: "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json",
        source: path.join(toolchain.share, "istio", "envoy_bootstrap.json"),
      },
    ],
    entrypoint: ["/usr/local/bin/pilot-agent"],
    user: { uid: 1337, gid: 1337 },
  },
  epp: {
    name: "epp",
    files: (toolchain) => [{ path: "/epp", source: toolchain.bin("epp") }],
    entrypoint: ["/epp"],
    user: NONROOT,
  },
  "vllm-openai": {
    name: "llm-d-inference-sim",
    files: (toolchain) => [
      { path: "/usr/local/bin/llm-d-inference-sim", source: toolchain.bin("llm-d-inference-sim") },
    ],
    entrypoint: ["/usr/local/bin/llm-d-inference-sim"],
    user: { uid: 0, gid: 0 },
    podIPVariable: "POD_IP",
    translate: simulatorArguments,
  },
  cuda: {
    name: "nvidia-smi (stand-in)",
    // On a node with GPUs the container toolkit puts the driver's own program there.
    files: () => [{ path: "/usr/local/bin/nvidia-smi", source: path.join(__dirname, "nvidia-smi") }],
    entrypoint: ["/bin/sh"],
    user: { uid: 0, gid: 0 },
    gpuVariable: "LLMD_GPUS",
  },
  node: {
    name: "node",
    files: () => [{ path: "/usr/local/bin/node", source: process.execPath }],
    // The image's own entrypoint puts `node` before arguments that are no command: containers here name theirs.
    entrypoint: ["/usr/local/bin/node"],
    user: { uid: 0, gid: 0 },
  },
  "nvidia-dcgm-exporter": {
    name: "dcgm-exporter (stand-in)",
    files: () => [
      { path: "/usr/local/bin/node", source: process.execPath },
      ...["serve.cjs", "metrics.prom"].map((file) => ({
        path: `/opt/dcgm-exporter/${file}`,
        source: path.join(__dirname, "..", "simulators", "dcgmExporter", file),
      })),
    ],
    entrypoint: ["/usr/local/bin/node", "/opt/dcgm-exporter/serve.cjs"],
    user: { uid: 0, gid: 0 },
  },
  // What operands of the GPU Operator wait in: what they wait for is played, and there already.
  "gpu-operator-validator": {
    name: "gpu-operator-validator (stand-in)",
    files: () => [],
    entrypoint: ["/bin/true"],
    user: { uid: 0, gid: 0 },
  },
  prometheus: {
    name: "prometheus",
    files: (toolchain) => [{ path: "/usr/local/bin/prometheus", source: toolchain.bin("prometheus") }],
    entrypoint: ["/usr/local/bin/prometheus"],
    imagePath: "/bin/prometheus",
    user: NOBODY,
  },
  "prometheus-operator": {
    name: "prometheus-operator",
    files: (toolchain) => [{ path: "/usr/local/bin/operator", source: toolchain.bin("prometheus-operator") }],
    entrypoint: ["/usr/local/bin/operator"],
    imagePath: "/bin/operator",
    user: NOBODY,
  },
  "prometheus-config-reloader": {
    name: "prometheus-config-reloader",
    files: (toolchain) => [
      { path: "/usr/local/bin/prometheus-config-reloader", source: toolchain.bin("prometheus-config-reloader") },
    ],
    entrypoint: ["/usr/local/bin/prometheus-config-reloader"],
    imagePath: "/bin/prometheus-config-reloader",
    user: NOBODY,
  },
  keda: {
    name: "keda",
    files: (toolchain) => [{ path: "/keda", source: toolchain.bin("keda") }],
    entrypoint: ["/keda"],
    user: NONROOT,
  },
  "keda-metrics-apiserver": {
    name: "keda-metrics-apiserver",
    files: (toolchain) => [{ path: "/keda-adapter", source: toolchain.bin("keda-metrics-apiserver") }],
    entrypoint: ["/keda-adapter"],
    user: NONROOT,
  },
  "kube-state-metrics": {
    name: "kube-state-metrics",
    files: (toolchain) => [{ path: "/kube-state-metrics", source: toolchain.bin("kube-state-metrics") }],
    entrypoint: ["/kube-state-metrics"],
    user: NONROOT,
  },
};

/** The last part of an image's repository, without registry, tag and digest. */
export function repositoryOf(image: string): string {
  const repository = image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  return repository.split("/").at(-1) ?? "";
}

/** The program of an image, undefined for one that only KWOK can play. */
export function programOf(image: string): ImageProgram | undefined {
  return IMAGES[repositoryOf(image)];
}

/** Why the agent leaves a pod to KWOK, undefined for one that it runs. */
export function reasonForKwok(pod: V1Pod): string | undefined {
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  const images = [...initContainers, ...containers].map(({ image }) => image ?? "");
  const unknown = [...new Set(images)].filter((image) => programOf(image) === undefined);
  if (unknown.length > 0) return `nothing here runs ${unknown.join(", ")}`;
  if (initContainers.some(({ restartPolicy }) => restartPolicy === "Always")) {
    return "it has init containers that go on running";
  }
  return undefined;
}

/** The full command of a container; throws RefusedArguments where its program would end at once. */
export function commandLine(program: ImageProgram, container: V1Container, expand: (text: string) => string): string[] {
  const command = (container.command ?? []).map(expand);
  const args = (container.args ?? []).map(expand);
  if (program.translate !== undefined) return [...program.entrypoint, ...program.translate(command, args)];
  const [first, ...others] = command;
  if (first === undefined) return [...program.entrypoint, ...args];
  return [...(first === program.imagePath ? program.entrypoint : [first]), ...others, ...args];
}
