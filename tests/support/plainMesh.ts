import * as k8s from "@kubernetes/client-node";
import { FakeController } from "./fakeController";

/** istiod reads mesh-wide settings from this namespace. */
const NAMESPACE = "istio-system";

/**
 * Disables Istio's request metrics once the CRD and the namespace exist, as a mesh administrator can. The gateway here is a plain
 * Envoy, which rejects Istio's metrics filter. The stack itself does not change.
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
