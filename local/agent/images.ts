/**
 * The images that the agent runs as processes. For each: the program, the files that the image contains, and the image's
 * configuration (entrypoint, user, environment). KWOK simulates pods with any other image.
 */
import * as path from "node:path";

import type { V1Container, V1Pod } from "@kubernetes/client-node";

import type { Toolchain } from "../toolchain";
import { simulatorArguments } from "./vllmArguments";

/** The part of the toolchain that images are made of. */
export type Programs = Pick<Toolchain, "bin" | "share">;

/** An image's configuration as far as the agent needs it. */
export interface ImageProgram {
  /** Name of the program, for people. */
  name: string;
  /** The files of the image: where the container sees each, and where it is on this machine. */
  files(toolchain: Programs): { path: string; source: string }[];
  /** The image's ENTRYPOINT, which a container's command replaces. */
  entrypoint: string[];
  /** Where the real image has its program, if it is in /bin. Here /bin is this machine's, so the program is elsewhere. */
  imagePath?: string;
  /** The image's USER, which the container's securityContext overrides. */
  user: { uid: number; gid: number };
  /** The image's ENV, which the container's env overrides. */
  environment?: Record<string, string>;
  /** A variable with the pod's address, which the image would find out by itself. */
  podIPVariable?: string;
  /** A variable with the names of the pod's GPUs, which the NVIDIA container toolkit would provide. */
  gpuVariable?: string;
  /** Arguments that come before the container's own when it sets no command. @default none */
  firstArguments?: readonly string[];
  /** Translates the container's command and args, when another program runs instead of the image's or needs other arguments here. */
  translate?(command: string[], args: string[]): string[];
}

/** containerd's default PATH for images that do not set one. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const ROOT = { uid: 0, gid: 0 };
const ISTIO = { uid: 1337, gid: 1337 };
/** The user `nobody`, which images of the Prometheus project use. */
const NOBODY = { uid: 65_534, gid: 65_534 };
/** The user `nonroot` of distroless images. */
const NONROOT = { uid: 65_532, gid: 65_532 };

/** An image whose entrypoint is a program of the toolchain. */
function toolImage(
  tool: Parameters<Programs["bin"]>[0],
  entrypoint: string,
  user: ImageProgram["user"],
  more: Partial<ImageProgram> = {},
): ImageProgram {
  const files = (toolchain: Programs) => [{ path: entrypoint, source: toolchain.bin(tool) }];
  return { name: tool, files, entrypoint: [entrypoint], user, ...more };
}

/**
 * The config reloader's arguments with a short interval. Its file watch ends at the first change, and then it looks only every three
 * minutes (thanos-io/thanos#8127). As an init container it has an interval already: 0, to run once.
 */
function withShortWatch(args: string[]): string[] {
  return args.some((arg) => arg.startsWith("--watch-interval")) ? args : [...args, "--watch-interval=5s"];
}

/** Images by the last part of their repository. Users and entrypoints are those of the images' own Dockerfiles. */
const IMAGES: Record<string, ImageProgram> = {
  pilot: toolImage("pilot-discovery", "/usr/local/bin/pilot-discovery", ISTIO, {
    // These filters exist only in Istio's own build of Envoy, and here the proxies are plain Envoys.
    environment: { PILOT_ENABLE_METADATA_EXCHANGE: "false", PILOT_ENABLE_ALPN_FILTER: "false" },
  }),
  proxyv2: toolImage("pilot-agent", "/usr/local/bin/pilot-agent", ISTIO, {
    name: "pilot-agent with envoy",
    files: (toolchain) => [
      { path: "/usr/local/bin/pilot-agent", source: toolchain.bin("pilot-agent") },
      { path: "/usr/local/bin/envoy", source: toolchain.bin("envoy") },
      {
        path: "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json",
        source: path.join(toolchain.share, "istio", "envoy_bootstrap.json"),
      },
    ],
  }),
  epp: toolImage("epp", "/epp", NONROOT, {
    // How often it reads the replicas' metrics. Its default, 50 ms, takes a fifth of a core here, for itself and three simulators.
    firstArguments: ["--refresh-metrics-interval=200ms"],
  }),
  "vllm-openai": toolImage("llm-d-inference-sim", "/usr/local/bin/llm-d-inference-sim", ROOT, {
    podIPVariable: "POD_IP",
    translate: simulatorArguments,
  }),
  cuda: {
    name: "nvidia-smi (fake)",
    // On a node with GPUs the container toolkit adds the driver's own nvidia-smi.
    files: () => [{ path: "/usr/local/bin/nvidia-smi", source: path.join(__dirname, "nvidia-smi") }],
    entrypoint: ["/bin/sh"],
    user: ROOT,
    gpuVariable: "LLMD_GPUS",
  },
  node: {
    name: "node",
    files: () => [{ path: "/usr/local/bin/node", source: process.execPath }],
    // The image's real entrypoint is a script that accepts arguments without a command; all containers here have one.
    entrypoint: ["/usr/local/bin/node"],
    user: ROOT,
  },
  "nvidia-dcgm-exporter": {
    name: "dcgm-exporter (fake)",
    files: () => [
      { path: "/usr/local/bin/node", source: process.execPath },
      ...["serve.cjs", "metrics.prom"].map((file) => ({
        path: `/opt/dcgm-exporter/${file}`,
        source: path.join(__dirname, "..", "simulators", "dcgmExporter", file),
      })),
    ],
    entrypoint: ["/usr/local/bin/node", "/opt/dcgm-exporter/serve.cjs"],
    user: ROOT,
  },
  // Operands of the GPU Operator wait in this image for the driver, which is simulated and always ready.
  "gpu-operator-validator": {
    name: "gpu-operator-validator (fake)",
    files: () => [],
    entrypoint: ["/bin/true"],
    user: ROOT,
  },
  prometheus: toolImage("prometheus", "/usr/local/bin/prometheus", NOBODY, { imagePath: "/bin/prometheus" }),
  "prometheus-operator": toolImage("prometheus-operator", "/usr/local/bin/operator", NOBODY, {
    imagePath: "/bin/operator",
  }),
  "prometheus-config-reloader": toolImage(
    "prometheus-config-reloader",
    "/usr/local/bin/prometheus-config-reloader",
    NOBODY,
    { translate: (_, args) => withShortWatch(args) },
  ),
  keda: toolImage("keda", "/keda", NONROOT),
  "keda-metrics-apiserver": toolImage("keda-metrics-apiserver", "/keda-adapter", NONROOT),
  "kube-state-metrics": toolImage("kube-state-metrics", "/kube-state-metrics", NONROOT),
};

/** The last part of an image's repository, without registry, tag and digest. */
export function repositoryOf(image: string): string {
  const repository = image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
  return repository.split("/").at(-1) ?? "";
}

/** The program of an image; undefined when only KWOK can simulate it. */
export function programOf(image: string): ImageProgram | undefined {
  return IMAGES[repositoryOf(image)];
}

/** Why the agent leaves a pod to KWOK; undefined for a pod that it runs. */
export function reasonForKwok(pod: V1Pod): string | undefined {
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  const images = new Set([...initContainers, ...containers].map(({ image }) => image ?? ""));
  const unknown = [...images].filter((image) => programOf(image) === undefined);
  if (unknown.length > 0) return `nothing here runs ${unknown.join(", ")}`;
  const sidecar = initContainers.some(({ restartPolicy }) => restartPolicy === "Always");
  return sidecar ? "it has init containers that go on running" : undefined;
}

/**
 * The whole command line of a container.
 *
 * @throws RefusedArguments when its program would end at once
 */
export function commandLine(program: ImageProgram, container: V1Container, expand: (text: string) => string): string[] {
  const command = (container.command ?? []).map(expand);
  const args = (container.args ?? []).map(expand);
  if (program.translate !== undefined) return [...program.entrypoint, ...program.translate(command, args)];
  const [first, ...others] = command;
  if (first === undefined) return [...program.entrypoint, ...(program.firstArguments ?? []), ...args];
  return [...(first === program.imagePath ? program.entrypoint : [first]), ...others, ...args];
}
