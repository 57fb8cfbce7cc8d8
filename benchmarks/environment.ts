import type * as k8s from "@kubernetes/client-node";
import { EmbeddedInstance } from "../local/instance";
import type { Endpoint } from "../validation/client/endpoint";

/** Where a model server listens, in its pod. */
const MODEL_PORT = 8000;
const MODEL_PODS = "ms-llm-d-modelservice-decode-";

/** An embedded environment that is up, for one benchmark. */
export interface BenchEnvironment {
  readonly kubeconfig: k8s.KubeConfig;
  readonly namespace: string;
  readonly gatewayUrl: string;
  readonly model: string;
  /** The replicas themselves, past gateway and endpoint picker; throws when there are not so many. */
  modelPods(replicas: number): Promise<readonly Endpoint[]>;
}

/** Brings an embedded environment up, of its own and beside any other, and takes it away again. */
export async function withEnvironment(
  config: Readonly<Record<string, string>>,
  use: (environment: BenchEnvironment) => Promise<void>,
): Promise<void> {
  const test = await EmbeddedInstance.start({ ...config });
  let failed = true;
  try {
    const { outputs } = await test.embedded.stack.up({ color: "never" });
    await use({
      kubeconfig: test.kubeconfig,
      namespace: String(outputs.namespace?.value),
      gatewayUrl: String(outputs.gatewayUrl?.value),
      model: String((outputs.models?.value as string[])[0]),
      async modelPods(replicas) {
        const pods = (await test.pods(MODEL_PODS)).flatMap(({ ip }) => ip ?? []);
        if (pods.length !== replicas) throw new Error(`${pods.length} model pods run, not ${replicas}`);
        return pods.map((ip) => ({ url: `http://${ip}:${MODEL_PORT}` }));
      },
    });
    failed = false;
  } finally {
    await test.stop(failed);
  }
}
