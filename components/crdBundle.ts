import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { CrdSource } from "./chartSource";

/**
 * Installs a bundle of custom resource definitions, each as a resource of its own: previews show them one by one, and
 * destroy removes them and with them every object of their kinds.
 *
 * The provider loads the files, during previews too; offline that takes a mirror. A CRD's URN is made of this component's
 * type and the CRD's name, not of where it came from, so moving to a mirror and back changes no resource. For the same
 * reason there is no second way to install a bundle, such as from a chart: the provider's components honour no aliases,
 * and another parent type would delete the CRDs, and all objects of their kinds, after having made them again.
 */
export function crdBundle(
  name: string,
  source: CrdSource,
  opts: pulumi.ComponentResourceOptions,
): k8s.yaml.v2.ConfigGroup {
  return new k8s.yaml.v2.ConfigGroup(name, { files: [...source.files] }, opts);
}

/** The source of a bundle, or an error that names it. */
export function crdSourceOf(sources: { readonly crds: Readonly<Record<string, CrdSource>> }, name: string): CrdSource {
  const source = sources.crds[name];
  if (source === undefined) throw new Error(`no source is known for the CRDs ${name}`);
  return source;
}
