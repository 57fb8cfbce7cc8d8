import type * as pulumi from "@pulumi/pulumi";
import type { CrdManifest } from "./charts/crdManifests";
import type { Installation } from "./installation";
import type { EnvironmentConfig } from "../stacks/config";
import type { Cluster } from "../stacks/platforms/cluster";
import type { Platform } from "../stacks/platforms/platform";

/** What every layer of an environment is built with: the configuration, and where and how its objects are made. */
export interface LayerContext {
  readonly config: EnvironmentConfig;
  readonly cluster: Cluster;
  /** What is different where the environment runs. */
  readonly platform: Platform;
  readonly installation: Installation;
  /** The CRDs of each bundle that this environment installs, by the bundle's name. */
  readonly bundles: Readonly<Record<string, readonly CrdManifest[]>>;
  /** For what may go with the cluster when the program makes that too. */
  readonly inCluster: pulumi.ComponentResourceOptions;
  /** For what is really deleted, because it leaves something behind outside the cluster or holds a GPU. */
  readonly kept: pulumi.ComponentResourceOptions;
}
