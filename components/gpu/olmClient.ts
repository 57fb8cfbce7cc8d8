import type { Condition } from "./gpuState";
import type { OlmState } from "./olmState";
import type { OlmClient } from "./waitForOlm";

const GROUP = { group: "operators.coreos.com", version: "v1alpha1" } as const;

/** Parts of OLM's objects, as the API gives them. */
interface Named<Spec, Status> {
  readonly metadata: { readonly name: string };
  readonly spec: Spec;
  readonly status?: Status;
}
type Subscription = Named<object, { readonly installedCSV?: string; readonly conditions?: Condition[] }>;
type Version = Named<object, { readonly phase?: string; readonly reason?: string; readonly message?: string }>;
type Plan = Named<
  { readonly approved: boolean; readonly clusterServiceVersionNames: string[] },
  { readonly phase?: string; readonly conditions?: Condition[] }
>;

/**
 * Connects with a kubeconfig. The client library is loaded here, because a preview, where no hook runs, has no use for it.
 *
 * @param kubeconfig Its content; the current context is used.
 */
export async function connectOlm(kubeconfig: string): Promise<OlmClient> {
  const client = await import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  config.loadFromString(kubeconfig);
  const custom = config.makeApiClient(client.CustomObjectsApi);
  const list = async <T>(namespace: string, plural: string): Promise<T[]> => {
    try {
      return ((await custom.listNamespacedCustomObject({ ...GROUP, namespace, plural })) as { items: T[] }).items;
    } catch (error) {
      if (error instanceof client.ApiException && error.code === 404) return [];
      throw error;
    }
  };
  return {
    async readOperator(namespace, name): Promise<OlmState> {
      const [subscriptions, versions, plans] = await Promise.all([
        list<Subscription>(namespace, "subscriptions"),
        list<Version>(namespace, "clusterserviceversions"),
        list<Plan>(namespace, "installplans"),
      ]);
      const found = subscriptions.find(({ metadata }) => metadata.name === name);
      const installed = found?.status?.installedCSV;
      return {
        ...(found === undefined
          ? {}
          : {
              subscription: {
                ...(installed === undefined || installed === "" ? {} : { installed }),
                conditions: found.status?.conditions ?? [],
              },
            }),
        versions: versions.map(({ metadata, status }) => ({ name: metadata.name, ...status })),
        plans: plans.map(({ metadata, spec, status }) => ({
          name: metadata.name,
          approved: spec.approved,
          ...(status?.phase === undefined ? {} : { phase: status.phase }),
          versions: spec.clusterServiceVersionNames,
          conditions: status?.conditions ?? [],
        })),
      };
    },
    async approve(namespace, name) {
      await custom.patchNamespacedCustomObject(
        { ...GROUP, namespace, plural: "installplans", name, body: { spec: { approved: true } } },
        client.setHeaderOptions("Content-Type", client.PatchStrategy.MergePatch),
      );
    },
  };
}
