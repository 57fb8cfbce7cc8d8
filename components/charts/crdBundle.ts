import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ClusterApi } from "../cluster/clusterApi";
import { isOwnedBy, type Owned, OWNER_ANNOTATION } from "../cluster/owner";
import type { Installation } from "../installation";
import type { CrdManifest } from "./crdManifests";

/** Arguments of a bundle of CRDs. */
export interface CrdBundleArgs {
  readonly installation: Installation;
  readonly crds: readonly CrdManifest[];
}

/**
 * The one place that makes custom resource definitions. Each is a resource of its own: previews show them one by one, and
 * destroy removes them and with them every object of their kinds. A CRD's URN is made of its component and its name, not
 * of where it was read, so moving to a mirror and back changes no resource.
 *
 * Each CRD carries its owner, and one that was there before is refused. The provider would take it over without a word, and
 * destroy would remove it with every object of its kind in the cluster, such as the Gateways of all teams.
 */
export function crdBundle(
  { installation, crds }: CrdBundleArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.v1.CustomResourceDefinition[] {
  const { owner } = installation;
  const guard = installation.hook("crd-guard", async (api, { name }) =>
    checkCrd(await readCrd(api, name), name, owner),
  );
  return crds.map(
    (crd) =>
      new k8s.apiextensions.v1.CustomResourceDefinition(installation.nameOf(crd.metadata.name), owned(crd, owner), {
        ...opts,
        hooks: { beforeCreate: [guard] },
      }),
  );
}

/** A definition with the owner's annotation. */
export function owned({ metadata, spec }: CrdManifest, owner: string): CrdManifest {
  return { metadata: { ...metadata, annotations: { ...metadata.annotations, [OWNER_ANNOTATION]: owner } }, spec };
}

/** The owner of a custom resource definition, or undefined when there is none of that name. */
async function readCrd(api: ClusterApi, name: string): Promise<Owned | undefined> {
  const extensions = api.of(api.client.ApiextensionsV1Api);
  const crd = await api.ifExists(extensions.readCustomResourceDefinition({ name }));
  return crd === undefined ? undefined : { annotations: crd.metadata?.annotations ?? {} };
}

/**
 * Passes when there is no such definition, or one that an interrupted run of the same stack made.
 *
 * @throws Error when somebody else made it.
 */
export function checkCrd(found: Owned | undefined, name: string, owner: string): void {
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

/** The CRDs of a bundle, or an error that names it. */
export function crdsOf(
  bundles: Readonly<Record<string, readonly CrdManifest[]>>,
  name: string,
): readonly CrdManifest[] {
  const crds = bundles[name];
  if (crds === undefined) throw new Error(`no source is known for the CRDs ${name}`);
  return crds;
}
