import * as k8s from "@kubernetes/client-node";
import { FakeController } from "./fakeController";

/** Where istiod takes settings of the whole mesh from. */
const NAMESPACE = "istio-system";

/**
 * Does what an administrator of a mesh may do: tells istiod, as soon as there are the kind and the namespace for it, that no proxy
 * has to measure requests. The gateway's is a plain Envoy here, which would refuse the filter that does it: only Istio's own build
 * has it. The stack itself is left as it is.
 */
export class PlainMesh extends FakeController {
  private readonly objects: k8s.CustomObjectsApi;
  private told = false;

  constructor(cluster: k8s.KubeConfig) {
    super();
    this.objects = cluster.makeApiClient(k8s.CustomObjectsApi);
  }

  protected async reconcile(): Promise<void> {
    if (this.told) return;
    try {
      await this.objects.createNamespacedCustomObject({
        group: "telemetry.istio.io",
        version: "v1",
        plural: "telemetries",
        namespace: NAMESPACE,
        body: {
          apiVersion: "telemetry.istio.io/v1",
          kind: "Telemetry",
          metadata: { name: "plain-envoy", namespace: NAMESPACE },
          spec: { metrics: [{ providers: [{ name: "prometheus" }], overrides: [{ disabled: true }] }] },
        },
      });
      this.told = true;
      this.events.push("told");
    } catch (error) {
      if (!(error instanceof k8s.ApiException) || error.code !== 404) throw error;
    }
  }
}
