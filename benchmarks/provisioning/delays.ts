import { setTimeout as sleep } from "node:timers/promises";
import * as k8s from "@kubernetes/client-node";
import { DELAYS } from "../../local/agent/podManager";
import { DEVICE_PLUGIN_OPERAND } from "../../local/simulators/gpuOperands";
import { FAULTS } from "../../local/simulators/simulator";

/**
 * Seconds until a container can run, where images are pulled and models loaded. Of this project's making, not measured:
 * 8 GB of vLLM image at some 100 MB/s and 16 GB of weights at some 150 MB/s; the others are images of 30 to 200 MB.
 */
const PULL_SECONDS: Readonly<Record<string, number>> = {
  "vllm-openai": 180,
  pilot: 15,
  proxyv2: 15,
  epp: 10,
  cuda: 15,
};

/** Seconds from the ClusterPolicy until GPUs are advertised, with the driver in the node's image: pulls and validation. */
const GPU_OPERATOR_SECONDS = 90;

/** How often the ClusterPolicy is looked for. */
const PERIOD_MS = 500;

/** What the delays come to, for the reader of the results. */
export const DELAYS_IN_WORDS =
  `model server ${PULL_SECONDS["vllm-openai"]} s, GPU operator ${GPU_OPERATOR_SECONDS} s, ` +
  `istiod and gateway ${PULL_SECONDS["pilot"]} s, endpoint picker ${PULL_SECONDS["epp"]} s`;

/** Makes pods take as long as they do elsewhere. The GPU operator's time begins with its ClusterPolicy. */
export async function delayPods(kubeconfig: k8s.KubeConfig): Promise<{ stop(): Promise<void> }> {
  const core = kubeconfig.makeApiClient(k8s.CoreV1Api);
  const custom = kubeconfig.makeApiClient(k8s.CustomObjectsApi);
  const write = (metadata: { name: string; namespace: string }, data: Record<string, string>) =>
    core.createNamespacedConfigMap({ namespace: metadata.namespace, body: { metadata, data } });
  await write(
    DELAYS,
    Object.fromEntries(Object.entries(PULL_SECONDS).map(([image, seconds]) => [`pull.${image}`, String(seconds)])),
  );
  await write(FAULTS, { [`operand.${DEVICE_PLUGIN_OPERAND}`]: "running" });
  const stopping = new AbortController();
  /** Ends early, without an error, when it is stopped. */
  const pause = (milliseconds: number): Promise<void> =>
    sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined);
  const hasPolicy = async (): Promise<boolean> => {
    const list = { group: "nvidia.com", version: "v1", plural: "clusterpolicies" };
    const { items } = (await custom.listClusterCustomObject(list).catch(() => ({ items: [] }))) as { items: object[] };
    return items.length > 0;
  };
  const work = (async () => {
    while (!stopping.signal.aborted && !(await hasPolicy())) await pause(PERIOD_MS);
    await pause(GPU_OPERATOR_SECONDS * 1000);
    if (!stopping.signal.aborted) await core.deleteNamespacedConfigMap(FAULTS);
  })();
  // Whoever stops it hears of an error; until then it is not an unhandled one.
  work.catch(() => undefined);
  return {
    stop: async () => {
      stopping.abort();
      await work;
    },
  };
}
