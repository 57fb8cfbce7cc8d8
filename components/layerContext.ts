import type * as pulumi from "@pulumi/pulumi";
import type { CrdManifest } from "./crds/crdManifests";
import type { Installation } from "./installation";
import type { Platform } from "./platform";

/** Where and how the objects of every layer are made. */
export interface LayerContext {
  /** What differs where the environment runs. */
  readonly platform: Platform;
  readonly installation: Installation;
  /** The CRDs of each bundle that this environment installs, by the bundle's name. */
  readonly bundles: Readonly<Record<string, readonly CrdManifest[]>>;
  /** For objects that may be deleted with the cluster, where the program makes that too. */
  readonly inCluster: pulumi.ComponentResourceOptions;
  /** For objects that are always deleted themselves, because they own something outside of the cluster or hold a GPU. */
  readonly kept: pulumi.ComponentResourceOptions;
}
