import type { Capability, Pins, RuleContext, Sections } from "../../components/capability";
import type { CrdManifest, RenderChart } from "../../components/crds/crdManifests";
import type { ConnectCluster } from "../../components/cluster/clusterApi";
import type { GpuNodes } from "../../components/gpu/readiness";
import type { Installation } from "../../components/installation";
import type { Platform, PlatformFacts } from "../../components/platform";
import type * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../settings/problems";
import type { Wanted } from "./inspection/wanted";
import type { PlatformOperations } from "./operations";

/** Inputs of a platform besides the configuration. */
export interface Site {
  /** The owner of the environment: `<project>/<stack>`. */
  readonly owner: string;
  /** The project's folder. Relative paths of the configuration start here. */
  readonly root: string;
  /** Istio's version, and the oldest and newest Kubernetes minor that it supports, if known. */
  readonly istio: { readonly version: string; readonly kubernetes?: readonly [oldest: number, newest: number] };
}

/** The resources that everything else in the cluster waits for. */
export interface Foundation {
  /** Pods on ordinary nodes wait for these: the nodes, DNS and storage. */
  readonly nodes: readonly pulumi.Resource[];
  /** Model servers wait for these: the nodes with GPUs. */
  readonly gpuNodes: readonly pulumi.Resource[];
  /** Services of type LoadBalancer wait for this controller. It must exist until the last load balancer is deleted. */
  readonly loadBalancers: readonly pulumi.Resource[];
  /** Annotations of Services of type LoadBalancer, besides those for the exposure. */
  readonly loadBalancerAnnotations: Readonly<Record<string, string>>;
}

/** The foundation of an existing cluster: nothing to make. */
export const EXISTING_FOUNDATION: Foundation = {
  nodes: [],
  gpuNodes: [],
  loadBalancers: [],
  loadBalancerAnnotations: {},
};

/** A platform whose cluster is known. */
export interface BuiltPlatform extends Platform {
  /** Connects to the cluster, for hooks. */
  readonly connect: ConnectCluster;
  /** Renders charts before any resource is made, possibly before the cluster exists. */
  readonly render: RenderChart;
  /**
   * Inspects an existing cluster before any resource is declared, in previews too.
   *
   * @throws Error that lists all conflicts, each with its remedy.
   */
  inspect(wanted: Wanted): Promise<void>;
  /**
   * Makes the resources that everything else in the cluster needs.
   *
   * @param bundles The CRDs of each bundle that this environment installs.
   */
  foundation(installation: Installation, bundles: Readonly<Record<string, readonly CrdManifest[]>>): Foundation;
}

/**
 * A platform, as `stacks/platforms/index.ts` registers it. Each platform types the configuration as the part that it
 * reads.
 */
export interface PlatformDefinition<S extends Sections = Sections, P extends Pins = Pins> extends Pick<
  Capability<S, P>,
  "pins"
> {
  /** Value of the `platform` setting. */
  readonly name: string;
  readonly facts: PlatformFacts;
  /** Sections of the configuration that apply only on the platforms that name them. */
  readonly settings: S;
  /** Paths within those sections that have no effect here. @default none */
  readonly ineffective?: readonly string[];
  /** Rules between settings. Parts of the configuration may be missing. @default none */
  rules?(config: object, context: RuleContext): Problem[];
  /** The platform's sections with all defaults. @default the sections as written */
  resolve?(config: object, defaultName: string): object;
  /** The Kubernetes version of the cluster that the program makes, and its setting. @default none */
  kubernetes?(config: object): { readonly setting: string; readonly version: string | undefined };
  /** The GPU nodes that models need. */
  gpuNodes(config: object): readonly GpuNodes[];
  /** The cost of the environment in one line. @default unknown */
  cost?(config: object): string;
  build(config: object, site: Site): Promise<BuiltPlatform>;
  /** The part for `make preflight`, `destroy` and `leftovers`. A function, because loading it may load an SDK. @default none */
  operations?(): PlatformOperations;
}
