import type * as pulumi from "@pulumi/pulumi";
import type { ClusterApi } from "../cluster/clusterApi";
import type { Installation } from "../installation";

/** A Gateway as the API server has it, with the owners of its fields. */
export interface LiveGateway {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** The fields of one field manager. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/** A server-side apply: the object and the field manager. */
export interface Claim {
  readonly fieldManager: string;
  readonly body: Omit<LiveGateway, "metadata"> & { readonly metadata: Omit<LiveGateway["metadata"], "managedFields"> };
}

/** Prefix of the Kubernetes provider's field managers; each resource has another one. */
const PROVIDER = "pulumi-kubernetes";

/**
 * The apply that gives the provider its fields back; undefined where the provider still owns them.
 *
 * It has the Gateway's current spec with the provider's annotations and labels, so it changes nothing but the owner.
 */
export function lostFields({ apiVersion, kind, metadata, spec }: LiveGateway): Claim | undefined {
  const own = (metadata.managedFields ?? []).find(
    ({ manager, operation, subresource }) =>
      manager?.startsWith(PROVIDER) === true && operation === "Apply" && (subresource ?? "") === "",
  );
  if (own?.manager === undefined || own.fieldsV1?.["f:spec"] !== undefined) return undefined;
  const { name, namespace } = metadata;
  const described = (own.fieldsV1?.["f:metadata"] ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const kept = (what: "annotations" | "labels"): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(metadata[what] ?? {}).filter(([key]) => `f:${key}` in (described[`f:${what}`] ?? {})),
    );
  return {
    fieldManager: own.manager,
    body: {
      apiVersion,
      kind,
      metadata: { name, namespace, annotations: kept("annotations"), labels: kept("labels") },
      spec,
    },
  };
}

/** The calls that the hook needs. */
interface GatewayClient {
  /** The Gateway, or undefined when there is none of that name. */
  read(namespace: string, name: string): Promise<LiveGateway | undefined>;
  apply(claim: Claim): Promise<void>;
}

function gatewayClient({ client, custom, ifExists }: ClusterApi): GatewayClient {
  const kind = { group: "gateway.networking.k8s.io", version: "v1", plural: "gateways" } as const;
  return {
    read: async (namespace, name) =>
      (await ifExists(custom.getNamespacedCustomObject({ ...kind, namespace, name }))) as LiveGateway | undefined,
    async apply({ fieldManager, body }) {
      const { namespace, name } = body.metadata;
      await custom.patchNamespacedCustomObject(
        { ...kind, namespace, name, body, fieldManager },
        client.setHeaderOptions("Content-Type", client.PatchStrategy.ServerSideApply),
      );
    },
  };
}

/** Gives the provider its fields back, where it lost them. */
export async function regainFields(client: GatewayClient, namespace: string, name: string): Promise<void> {
  const live = await client.read(namespace, name);
  const claim = live === undefined ? undefined : lostFields(live);
  if (claim !== undefined) await client.apply(claim);
}

/**
 * The hook that lets a change of the Gateway remove a field.
 *
 * Server-side apply removes a field only if this field manager owns it. istiod writes the Gateway's status through another
 * version of its API (v1beta1) and without its spec, and the API server then forgets who owns the spec. This was seen with Istio
 * 1.27 and Kubernetes 1.33. Without the hook, a plain-text listener would stay next to the TLS listener that replaces it, and
 * annotations of an internal load balancer would stay on a public one.
 */
export function gatewayOwnership(installation: Installation): pulumi.ResourceHookBinding {
  const regain = installation.hook("gateway-ownership", async (api, { name, namespace }) => {
    if (namespace !== undefined) await regainFields(gatewayClient(api), namespace, name);
  });
  return { beforeUpdate: [regain] };
}
