import type { ClusterApi } from "../cluster/clusterApi";
import type { Condition } from "./gpuState";
import type { OlmState } from "./olmState";
import type { OlmClient } from "./waitForOlm";

const GROUP = { group: "operators.coreos.com", version: "v1alpha1" } as const;

/** The parts of OLM's objects that are read. */
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

/** A client for OLM's objects in a cluster. */
export function olmClient({ client, custom, ifExists }: ClusterApi): OlmClient {
  const list = async <T>(namespace: string, plural: string): Promise<T[]> => {
    const answer = await ifExists(custom.listNamespacedCustomObject({ ...GROUP, namespace, plural }));
    return answer === undefined ? [] : (answer as { items: T[] }).items;
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
