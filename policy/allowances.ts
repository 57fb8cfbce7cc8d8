/** Exceptions from the policies for single environments. Every entry is a decision that a reviewer sees. */
export interface Allowances {
  /** Resource names of clusters whose API server may be reachable from the whole internet. */
  readonly publicClusters: readonly string[];
  /** Gateways, as `<stack>/<name>`, that may have a public address. They still need authentication. */
  readonly publicGateways: readonly string[];
  /** Allowed number of GPU nodes for each stack: the sum of the largest sizes of its node groups. */
  readonly gpuNodes: Readonly<Record<string, number>>;
  /** Allowed number of GPU nodes for all other stacks. */
  readonly gpuNodesElsewhere: number;
}

/** The current allowances. The pull request that makes a gateway public adds its name here. */
export const ALLOWANCES: Allowances = {
  // Pulumi.dev.yaml explains this exception and a better way.
  publicClusters: ["llm-d-dev"],
  publicGateways: [],
  gpuNodes: { dev: 1, prod: 2 },
  gpuNodesElsewhere: 1,
};
