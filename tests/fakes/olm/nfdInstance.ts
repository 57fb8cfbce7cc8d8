/** Fake of OpenShift's Node Feature Discovery operator. local/simulators/gpuOperator.ts writes the node labels. */
import type * as k8s from "@kubernetes/client-node";
import { ifExists, MERGE } from "../../../local/simulators/simulator";

const INSTANCES = { group: "nfd.openshift.io", version: "v1", plural: "nodefeaturediscoveries" } as const;

/** The operator removes it once the workers are deleted. Without an operator, an instance is never deleted. */
const FINALIZER = "nfd-finalizer";

const WORKER = "nfd-worker";

const text = { type: "string" };
const flag = { type: "boolean" };
const object = (properties: object, required?: string[]): object => ({
  type: "object",
  properties,
  ...(required === undefined ? {} : { required }),
});

/** Fake of the CRD. It has the fields of OpenShift 4.16 and later that the program sets, and refuses all others. */
export const NFD_DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${INSTANCES.plural}.${INSTANCES.group}`, annotations: { "llm-d.ai/stand-in": "true" } },
  spec: {
    group: INSTANCES.group,
    scope: "Namespaced",
    names: { plural: INSTANCES.plural, singular: "nodefeaturediscovery", kind: "NodeFeatureDiscovery" },
    versions: [
      {
        name: INSTANCES.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: object({
            spec: object({
              operand: object({ image: text, imagePullPolicy: text, servicePort: { type: "integer" } }),
              workerConfig: object({ configData: text }, ["configData"]),
              instance: text,
              prunerOnDelete: flag,
            }),
            status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          }),
        },
      },
    ],
  },
} as unknown as k8s.V1CustomResourceDefinition;

interface Instance {
  readonly metadata: k8s.V1ObjectMeta & { readonly name: string; readonly namespace: string };
}

/**
 * Reconciles the instances in the namespaces where the operator runs.
 *
 * @param operators Namespaces in which the operator runs.
 */
export async function simulateInstances(
  { apps, custom }: { readonly apps: k8s.AppsV1Api; readonly custom: k8s.CustomObjectsApi },
  operators: ReadonlySet<string>,
): Promise<void> {
  const found = (await ifExists(custom.listCustomObjectForAllNamespaces(INSTANCES))) as
    { readonly items: readonly Instance[] } | undefined;
  for (const { metadata } of found?.items ?? []) {
    const { name, namespace, uid = "" } = metadata;
    if (!operators.has(namespace)) continue;
    const has = metadata.finalizers?.includes(FINALIZER) ?? false;
    const finalize = (finalizers: string[] | null): Promise<unknown> =>
      custom.patchNamespacedCustomObject({ ...INSTANCES, namespace, name, body: { metadata: { finalizers } } }, MERGE);
    if (metadata.deletionTimestamp !== undefined) {
      await ifExists(apps.deleteNamespacedDaemonSet({ namespace, name: WORKER }));
      if (has) await finalize(null);
      continue;
    }
    if (!has) await finalize([FINALIZER]);
    if ((await ifExists(apps.readNamespacedDaemonSet({ namespace, name: WORKER }))) === undefined) {
      const owner = { apiVersion: "nfd.openshift.io/v1", kind: "NodeFeatureDiscovery", name, uid, controller: true };
      await apps.createNamespacedDaemonSet({ namespace, body: workers(owner) });
    }
  }
}

/** The workers: one on each node. They tolerate every taint. */
function workers(owner: k8s.V1OwnerReference): k8s.V1DaemonSet {
  const labels = { app: WORKER };
  return {
    metadata: {
      name: WORKER,
      labels: { app: "nfd" },
      annotations: { "llm-d.ai/stand-in": "true" },
      ownerReferences: [owner],
    },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          tolerations: [{ operator: "Exists", effect: "NoSchedule" }],
          containers: [{ name: WORKER, image: "stand-in/node-feature-discovery" }],
        },
      },
    },
  };
}
