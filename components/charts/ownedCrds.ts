import * as pulumi from "@pulumi/pulumi";
import type { ClusterClient, ConnectCluster } from "../cluster/clusterClient";
import { isOwnedBy, OWNER_ANNOTATION } from "../cluster/owner";

const CRD = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";

/**
 * The transform that marks custom resource definitions as this stack's, and refuses those that were there before. The
 * provider would quietly take them over, and destroy would remove them with every object of their kinds in the whole
 * cluster: all Gateways of all teams, for one.
 *
 * A transform, so that it holds for every bundle of the environment without each having to ask for it.
 *
 * @param connect Connects to the cluster that the CRDs are in.
 * @param owner Who makes them: `<project>/<stack>`.
 */
export function ownedCrds(connect: ConnectCluster, owner: string): pulumi.ResourceTransform {
  const guard = new pulumi.ResourceHook("crd-guard", async (args) => {
    const inputs = args.newInputs as { metadata?: { name?: unknown } } | undefined;
    if (typeof inputs?.metadata?.name === "string") await checkCrd(await connect(), inputs.metadata.name, owner);
  });
  return ({ type, props, opts }) => {
    if (type !== CRD) return undefined;
    return { props: marked(props, owner), opts: { ...opts, hooks: { beforeCreate: [guard] } } };
  };
}

/** A definition with the owner's annotation. */
export function marked(props: Record<string, unknown>, owner: string): Record<string, unknown> {
  const metadata = props["metadata"] as { annotations?: Record<string, string> } | undefined;
  return {
    ...props,
    metadata: { ...metadata, annotations: { ...metadata?.annotations, [OWNER_ANNOTATION]: owner } },
  };
}

/** Passes when there is no such definition, or one that an interrupted run of the same stack made. */
export async function checkCrd(client: Pick<ClusterClient, "readCrd">, name: string, owner: string): Promise<void> {
  const found = await client.readCrd(name);
  if (found === undefined || isOwnedBy(found, owner)) return;
  throw new Error(
    `The custom resource definition ${name} exists already and was not made by this stack (${owner}). Taking it over ` +
      `would let "pulumi destroy" remove it with every object of its kind in the cluster. Use a cluster where it is not ` +
      `installed, or remove it first if nothing uses it ("kubectl get ${name} -A" shows what does).` +
      (name.endsWith(".monitoring.coreos.com")
        ? " With a Prometheus Operator of the cluster's own, set llm-d:monitoring.mode to bring-your-own."
        : ""),
  );
}
