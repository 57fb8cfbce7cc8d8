import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { CrdManifest } from "./crdManifests";

/**
 * Installs a bundle of custom resource definitions, each as a resource of its own: previews show them one by one, and
 * destroy removes them and with them every object of their kinds. A CRD's URN is made of its component and its name, not
 * of where it was read, so moving to a mirror and back changes no resource.
 */
export function crdBundle(
  crds: readonly CrdManifest[],
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.v1.CustomResourceDefinition[] {
  return crds.map((crd) => new k8s.apiextensions.v1.CustomResourceDefinition(crd.metadata.name, crd, opts));
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
