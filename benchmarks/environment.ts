import type * as k8s from "@kubernetes/client-node";
import { EmbeddedInstance } from "../local/instance";
import type { Endpoint } from "../validation/client/endpoint";

/** Port of a model server in its pod. */
const MODEL_PORT = 8000;
const MODEL_PODS = "ms-llm-d-modelservice-decode-";

/** A running embedded environment, for one benchmark. */
export interface BenchEnvironment {
  readonly kubeconfig: k8s.KubeConfig;
  readonly namespace: string;
  readonly gatewayUrl: string;
  readonly model: string;
  /**
   * The endpoints of the replicas, without gateway and endpoint picker.
   *
   * @throws Error if another number of replicas runs
   */
  modelPods(replicas: number): Promise<readonly [Endpoint, ...Endpoint[]]>;
}

/** Brings up a separate embedded environment, uses it and destroys it. */
export async function withEnvironment(
  config: Readonly<Record<string, string>>,
  use: (environment: BenchEnvironment) => Promise<void>,
): Promise<void> {
  const instance = await EmbeddedInstance.start({ ...config });
  let failed = true;
  try {
    await instance.embedded.stack.up({ color: "never" });
    const outputs = await instance.embedded.stack.outputs();
    await use({
      kubeconfig: instance.kubeconfig,
      namespace: String(outputs.namespace?.value),
      gatewayUrl: String(outputs.gatewayUrl?.value),
      model: String((outputs.models?.value as string[])[0]),
      async modelPods(replicas) {
        const addresses = (await instance.pods(MODEL_PODS)).flatMap(({ ip }) => ip ?? []);
        const [first, ...others] = addresses.map((ip) => ({ url: `http://${ip}:${MODEL_PORT}` }));
        if (first === undefined || addresses.length !== replicas) {
          throw new Error(`${addresses.length} model pods run, not ${replicas}`);
        }
        return [first, ...others];
      },
    });
    failed = false;
  } finally {
    await instance.stop(failed);
  }
}
