import type * as pulumi from "@pulumi/pulumi";
import type { Installation } from "../installation";
import type { CrdManifest } from "./crdManifests";
import { CustomResourceDefinition } from "./customResourceDefinition";

/** Arguments of a bundle of CRDs. */
export interface CrdBundleArgs {
  readonly installation: Installation;
  readonly crds: readonly CrdManifest[];
}

/**
 * The one place that makes custom resource definitions. Each is a resource of its own: previews show them one by one, others can
 * wait for them, and destroy removes them and with them every object of their kinds. A CRD's URN is made of its component and
 * its name, not of where it was read, so moving to a mirror and back changes no resource.
 */
export function crdBundle(
  { installation, crds }: CrdBundleArgs,
  opts: pulumi.CustomResourceOptions,
): CustomResourceDefinition[] {
  const { owner } = installation;
  return crds.map(
    (crd) =>
      new CustomResourceDefinition(
        installation.nameOf(crd.name),
        { ...crd, owner },
        { ...opts, provider: installation.crdProvider },
      ),
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
