import type { Capability, Pins, RuleContext, Sections } from "../../components/capability";
import type { CrdManifest, RenderChart } from "../../components/charts/crdManifests";
import type { ConnectCluster } from "../../components/cluster/clusterApi";
import type { GpuNodes } from "../../components/gpu/readiness";
import type { Installation } from "../../components/installation";
import type { Platform, PlatformFacts } from "../../components/platform";
import type * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../settings/problems";
import type { Wanted } from "./inspection/inspection";
import type { PlatformOperations } from "./operations";

/** What a platform is built with, besides the configuration. */
export interface Site {
  /** Who makes the environment: `<project>/<stack>`. */
  readonly owner: string;
  /** The project's folder, which relative paths of the configuration start from. */
  readonly root: string;
  /** Istio's version, and the oldest and newest Kubernetes minor that it supports, where they are known. */
  readonly istio: { readonly version: string; readonly kubernetes?: readonly [oldest: number, newest: number] };
}

/** The resources that everything else in the cluster waits for. Each part waits for all of it. */
export interface Foundation {
  /** For pods on ordinary nodes: those nodes, with DNS and storage. */
  readonly nodes: readonly pulumi.Resource[];
  /** For model servers: nodes with GPUs. */
  readonly gpuNodes: readonly pulumi.Resource[];
  /** For Services of type LoadBalancer: the controller of their balancers. It has to exist until the last balancer is deleted. */
  readonly loadBalancers: readonly pulumi.Resource[];
  /** Annotations that such a Service needs, besides those for its exposure. */
  readonly loadBalancerAnnotations: Readonly<Record<string, string>>;
}

/** The foundation of a cluster that exists: nothing has to be made. */
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
   * Looks at a cluster that the program did not make, before any resource is declared, in previews too.
   *
   * @throws Error that lists everything that is in the way, each with what to do.
   */
  inspect(wanted: Wanted): Promise<void>;
  /**
   * Makes the resources that everything else in the cluster stands on.
   *
   * @param bundles The CRDs of each bundle that this environment installs.
   */
  foundation(installation: Installation, bundles: Readonly<Record<string, readonly CrdManifest[]>>): Foundation;
}

/**
 * A platform, as `stacks/platforms/index.ts` registers it. The configuration is typed by each platform as the part that it reads.
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
  /** Replaces its sections by what the program works with. @default none */
  resolve?(config: object, defaultName: string): object;
  /** The Kubernetes version that the program makes a cluster of, and its setting. @default none */
  kubernetes?(config: object): { readonly setting: string; readonly version: string | undefined };
  /** The GPU nodes that models are made for. */
  gpuNodes(config: object): readonly GpuNodes[];
  /** What the environment costs, in one line. @default unknown */
  cost?(config: object): string;
  build(config: object, site: Site): Promise<BuiltPlatform>;
  /** What `make preflight`, `destroy` and `leftovers` need. Loaded only by them, because it loads SDKs. @default nothing */
  operations?(): Promise<PlatformOperations>;
}
